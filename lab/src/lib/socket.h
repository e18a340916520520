/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Vsock sockets, and whole transfers on any stream socket. Functions that return a socket end the program when there
 * is none, except vsock_try().
 */
#ifndef RINGSIDE_LAB_SOCKET_H
#define RINGSIDE_LAB_SOCKET_H

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <linux/vm_sockets.h>

struct sockaddr_vm vsock_address(uint32_t cid, uint32_t port);

/* @type: SOCK_STREAM or SOCK_SEQPACKET */
int vsock_socket(int type);
int vsock_listen(uint32_t port, int type);
/* @peer: receives its address; or NULL */
int vsock_accept(int listener, struct sockaddr_vm *peer);

/* @seconds: until connect() gives up with ETIMEDOUT; 0: the kernel's default. Return: the socket, or -errno */
int vsock_try(const struct sockaddr_vm *to, int type, unsigned int seconds);

/* Return: the error that the socket keeps (SO_ERROR), which this clears; @err if it keeps none */
int socket_error(int fd, int err);

/* Return: 0, or the errno that ended it; the socket's own error (SO_ERROR) comes first */
int send_bytes(int fd, const void *from, size_t n);
/* @got: receives how many bytes came. Return: 0, or the errno that ended it, EPIPE for an end of file */
int recv_bytes(int fd, void *to, size_t n, size_t *got);

/* The same, but the program ends when not all of it can be transferred. */
void send_all(int fd, const void *from, size_t n);
void recv_all(int fd, void *to, size_t n);

#endif /* RINGSIDE_LAB_SOCKET_H */
