/* SPDX-License-Identifier: GPL-2.0-only */
/* How a program of the lab ends with an error, names one, and tells the time. */
#ifndef RINGSIDE_LAB_PROGRAM_H
#define RINGSIDE_LAB_PROGRAM_H

/* Print "PROGRAM: " and the message on standard error, end with status 1. %m is the error in errno. */
void die(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

/* Return: "ECONNRESET" and the like; "0" for 0; "?" for a number that is no error */
const char *error_name(int err);

/* Return: seconds since an arbitrary moment; this clock never jumps */
double now(void);

void sleep_ms(int ms);

#endif /* RINGSIDE_LAB_PROGRAM_H */
