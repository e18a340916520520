/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Marks that a program in an emulated host makes for the QEMU plugin insnprof:
 * long nops with a number in them that the plugin recognises.
 */
#ifndef RINGSIDE_BENCH_INSNPROF_H
#define RINGSIDE_BENCH_INSNPROF_H

#define INSNPROF_NEXT 0x72730001	/* from now on, count for the next label */
#define INSNPROF_BEGIN 0x72730002	/* count from here */
#define INSNPROF_END 0x72730003		/* to here */

/* nopl MARK(%rax) */
#ifdef __x86_64__
#define insnprof_mark(mark)                                     \
	asm volatile(".byte 0x0f, 0x1f, 0x80\n\t.long %c0"     \
		     : : "i"(mark) : "memory")
#else
#define insnprof_mark(mark) ((void)(mark))
#endif

#endif /* RINGSIDE_BENCH_INSNPROF_H */
