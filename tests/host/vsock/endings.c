// SPDX-License-Identifier: GPL-2.0-only
/*
 * A guest that ends without shutting its connections down: it is closed, killed
 * with its owner, or reset. What it had sent is still read, packets included
 * that waited in its ring; then comes ECONNRESET, not the end of file that an
 * orderly shutdown has.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests.h"

enum { CID = 57, WORDS = 10 };
enum ending { CLOSED, KILLED, REBOOTED, ENDINGS };
enum words { SILENT, SENT, TWICE, IN_RING };

static const char *const ending_names[] = { "closed", "killed", "rebooted" };
static const char *const words_names[] = { "nothing", "a message",
					   "two messages", "a message in TX" };
static char buf[4096];

struct scene {
	uint64_t features;
	int type;
	enum words words;
	bool orderly;		/* the guest shut its side down before */
};

static const char *type_name(int type)
{
	return type == SOCK_STREAM ? "stream" : "seqpacket";
}

/* ---- the guest -------------------------------------------------------- */

static void speak(struct guest *g, int s, const struct scene *scene)
{
	for (int i = scene->words == TWICE ? 2 : scene->words != SILENT; i; i--) {
		g->mute = scene->words == IN_RING;
		guest_give(g, s, "final data", WORDS);
	}
	if (scene->orderly)
		guest_say(g, s, VIRTIO_VSOCK_OP_SHUTDOWN,
			  VIRTIO_VSOCK_SHUTDOWN_SEND);
	if (scene->words != IN_RING && !guest_sent(g, SOON))
		report_die("not sent");
}

/* Return: the host's socket. */
static int begin(struct guest *g, const struct scene *scene)
{
	int s;

	if (!guest_start(g, scene->features, CID, 16))
		return -1;
	s = host_to_guest(g, scene->type);
	speak(g, s, scene);
	return s;
}

static void reboot(struct guest *g)
{
	guest_set_running(g, 0);
	guest_new_rings(g);
	guest_set_running(g, 1);
}

/* ---- killed ----------------------------------------------------------- */

static void send_fd(int over, int fd)
{
	char byte = 0, space[CMSG_SPACE(sizeof(fd))] = { 0 };
	struct iovec iov = { &byte, 1 };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1,
			    .msg_control = space,
			    .msg_controllen = sizeof(space) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	m.msg_controllen = fd < 0 ? 0 : sizeof(space);
	sendmsg(over, &m, 0);
}

static int recv_fd(int over)
{
	char byte, space[CMSG_SPACE(sizeof(int))];
	struct iovec iov = { &byte, 1 };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1,
			    .msg_control = space,
			    .msg_controllen = sizeof(space) };
	int fd = -1;

	if (recvmsg(over, &m, MSG_CMSG_CLOEXEC) == 1 && CMSG_FIRSTHDR(&m))
		memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof(fd));
	return fd;
}

/* An owner in a process of its own; the socket stays here. */
static int begin_apart(pid_t *pid, const struct scene *scene)
{
	struct guest g;
	int pair[2], s;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair))
		report_die("socketpair");
	*pid = fork();
	if (!*pid) {
		send_fd(pair[1], begin(&g, scene));
		pause();
	}
	close(pair[1]);
	s = recv_fd(pair[0]);
	close(pair[0]);
	return s;
}

static void kill_owner(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* ---- what the reader sees --------------------------------------------- */

static bool reads_all(int s, const struct scene *scene)
{
	int left = scene->words == SILENT ? 0 :
		   scene->words == TWICE ? 2 * WORDS : WORDS;
	int n;

	while (left) {
		n = host_take(s, buf, sizeof(buf));
		if (n <= 0) {
			report_note("%d with %d bytes to come", n, left);
			return false;
		}
		left -= n;
	}
	return true;
}

static void expect_end(int s, const struct scene *scene, const char *how)
{
	int want = scene->orderly ? 0 : -ECONNRESET, n;
	bool all = reads_all(s, scene);

	n = host_take(s, buf, sizeof(buf));
	report_ok(all && n == want, "%s, %s, %s%s: all of it, then %s (%d)",
		  type_name(scene->type), how, words_names[scene->words],
		  scene->orderly ? ", orderly" : "",
		  scene->orderly ? "the end of file" : "ECONNRESET", n);
}

static void late_reader(const struct scene *scene, enum ending ending)
{
	struct guest g;
	pid_t pid;
	int s;

	s = ending == KILLED ? begin_apart(&pid, scene) : begin(&g, scene);
	if (s < 0) {
		report_skip("not offered", "%s", ending_names[ending]);
		return;
	}
	if (ending == CLOSED)
		guest_close(&g);
	else if (ending == KILLED)
		kill_owner(pid);
	else
		reboot(&g);
	expect_end(s, scene, ending_names[ending]);
	close(s);
	if (ending == REBOOTED)
		guest_close(&g);
}

static void *read_blocked(void *arg)
{
	int s = *(int *)arg;
	long n = recv(s, buf, sizeof(buf), 0);

	return (void *)(n < 0 ? -(long)errno : n);
}

static void blocked_reader(int type, bool reboots)
{
	const struct scene scene = { F_V1 | F_SEQ, type, SILENT, false };
	void *ret = NULL;
	struct guest g;
	pthread_t t;
	int s = begin(&g, &scene);

	fcntl(s, F_SETFL, 0);
	pthread_create(&t, NULL, read_blocked, &s);
	usleep(NOT * 1000);
	if (reboots)
		reboot(&g);
	else
		guest_close(&g);
	pthread_join(t, &ret);
	report_ok((long)ret == -ECONNRESET, "%s, %s, reader blocked: %ld",
		  type_name(type), reboots ? "rebooted" : "closed", (long)ret);
	close(s);
	if (reboots)
		guest_close(&g);
}

/* It only stops, and a program reads before anything else happens. */
static void stopped(const struct scene *scene)
{
	struct guest g;
	int s = begin(&g, scene), n;

	if (s < 0) {
		report_skip("not offered", "stopped");
		return;
	}
	guest_set_running(&g, 0);
	n = host_take(s, buf, sizeof(buf));
	report_ok(n == WORDS, "%s, stopped, in TX: read (%d)",
		  type_name(scene->type), n);
	close(s);
	guest_close(&g);
}

/* An error that was asked for does not become an end of file for messages. */
static void asked(void)
{
	const struct scene scene = { F_V1 | F_SEQ, SOCK_SEQPACKET, SENT, false };
	struct guest g;
	int s = begin(&g, &scene), err;

	guest_close(&g);
	err = host_error(s, SOON);
	report_ok(err == ECONNRESET, "seqpacket, SO_ERROR: %s", errno_name(err));
	expect_end(s, &scene, "SO_ERROR");
	err = send(s, "x", 1, MSG_NOSIGNAL) < 0 ? errno : 0;
	report_ok(err == EPIPE, "seqpacket: send() after the end: %s",
		  errno_name(err));
	close(s);
}

/* The end of a socket of the life before is nothing to the next one. */
static void reused_port(void)
{
	int l = host_socket(SOCK_STREAM, true), old, new;
	static struct packet p;
	struct guest g;

	guest_start(&g, F_V1, CID, 16);
	old = guest_to_host(&g, l, 4000);
	reboot(&g);
	guest_offer(&g, 16);
	new = guest_to_host(&g, l, 4000);
	shutdown(old, SHUT_RDWR);
	close(old);
	report_ok(!guest_recv(&g, &p, NOT), "old socket closed: nothing is sent");
	report_ok(data_flows(&g, new), "the new one of the same ports goes on");
	close(new);
	close(l);
	guest_close(&g);
}

void test_endings(void)
{
	static const int types[] = { SOCK_STREAM, SOCK_SEQPACKET };

	for (int t = 0; t < 2; t++) {
		struct scene scene = { F_V1 | F_SEQ, types[t], SILENT, false };

		for (int e = 0; e < ENDINGS; e++)
			for (scene.words = SILENT; scene.words <= TWICE;
			     scene.words++)
				for (int o = 0; o < 2; o++) {
					scene.orderly = o;
					late_reader(&scene, e);
				}
		scene.orderly = false;
		scene.words = IN_RING;
		for (int packed = 0; packed < 2; packed++) {
			scene.features = F_V1 | F_SEQ | (packed ? F_PACKED : 0);
			late_reader(&scene, CLOSED);
			late_reader(&scene, REBOOTED);
			stopped(&scene);
		}
		blocked_reader(types[t], false);
		blocked_reader(types[t], true);
	}
	asked();
	reused_port();
}
