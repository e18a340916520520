// SPDX-License-Identifier: GPL-2.0-only
/*
 * The guest goes away with connections open: of each origin one on which the host sends, one on which it receives, one
 * that is idle.
 *   restart: the guest restarts itself in the middle. With order.number 1 the device resets all of them (ECONNRESET).
 *           With 0 it says nothing: then those end that send something to the new life of the guest, also if they were
 *           idle until then. (To the host's socket layer its rejection is an end: EPIPE, or the end of file.)
 *   closed: QEMU (process order.number) is killed in the middle. All must get ECONNRESET, at once, and the next
 *           connect() that nobody is there.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/wait.h>
#include <poll.h>
#include <unistd.h>

#include "vpeer.h"

enum kind { HOST_SENDS, HOST_RECEIVES, IDLE, KINDS };
enum { CONNECTIONS = 2 * KINDS, BUSY = 2 * (KINDS - 1) };

static const char *const kind_names[] = { "sends", "receives", "is idle" };

/* What the process of a connection says: that it moved enough, then how it ended. */
struct note {
	uint32_t i;
	bool ended;
	int err;
	double at;
};

static enum kind kind_of(uint32_t i)
{
	return i % KINDS;
}

static struct mover mover_of(const struct job *j, uint32_t i)
{
	enum end sender = kind_of(i) == HOST_SENDS ? HOST : GUEST;

	return (struct mover){
		.fd = meet(j, i / KINDS), .seed = seed_of(i, sender), .out = j->me == sender,
	};
}

/* ---- one process for each connection ---------------------------------- */

static int notes[2];
static uint32_t my_number;

static void note(bool ended, int err)
{
	const struct note n = { my_number, ended, err, now() };

	if (write(notes[1], &n, sizeof(n)) != sizeof(n))
		die("note: %m");
}

static void note_moved(void *unused)
{
	(void)unused;
	note(false, 0);
}

/* Who comes back to a socket with an error reads EPIPE or the end of file: the error itself is still to be had. */
static int pending_error(int fd)
{
	int err = 0;
	socklen_t len = sizeof(err);

	getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len);
	return err;
}

static void start(const struct mover *given, uint32_t i)
{
	struct mover m = *given;
	int err;

	if (start_child())
		return;
	my_number = i;
	m.moved = note_moved;
	err = mover_run(&m);
	note(true, err == EPIPE || !err ? pending_error(m.fd) ?: err : err);
	_exit(0);
}

/* Return: the next, or one of connection CONNECTIONS when the time is up */
static struct note next_note(double until)
{
	struct pollfd p = { .fd = notes[0], .events = POLLIN };
	struct note n;
	double left = until - now();

	if (poll(&p, 1, left > 0 ? left * 1000 : 0) != 1)
		return (struct note){ .i = CONNECTIONS };
	if (read(notes[0], &n, sizeof(n)) != sizeof(n))
		die("note: %m");
	return n;
}

/* Both ends; the idle ones have a process of their own where @watch_idle says so. */
static void open_all(const struct job *j, int fd[CONNECTIONS], bool watch_idle)
{
	if (pipe(notes))
		die("pipe: %m");
	for (uint32_t i = 0; i < CONNECTIONS; i++) {
		struct mover m = mover_of(j, i);

		fd[i] = m.fd;
		if (kind_of(i) != IDLE || watch_idle)
			start(&m, i);
		if (kind_of(i) != IDLE)
			close(m.fd);
	}
}

static void wait_moved(void)
{
	for (int n = 0; n < BUSY; n++) {
		struct note got = next_note(now() + 30);

		if (got.i == CONNECTIONS)
			die("no data for 30 s");
		if (got.ended)
			die("connection %u ended too early: %s", got.i, strerror(got.err));
	}
}

static bool is_reset(int err)
{
	return err == ECONNRESET;
}

static bool is_any_end(int err)
{
	return is_reset(err) || err == EPIPE || !err;
}

struct ends {
	int count;		/* of the connections that ended */
	double last;		/* seconds from the beginning of the wait */
};

/* All of them, or those that end before the time is up. */
static struct ends wait_ends(int count, double limit, bool (*is_right)(int err))
{
	double since = now();
	struct ends e = {};

	while (e.count < count) {
		struct note n = next_note(since + limit);

		if (n.i == CONNECTIONS)
			break;
		if (!is_right(n.err))
			die("the host that %s saw: %s", kind_names[kind_of(n.i)],
			    n.err ? strerror(n.err) : "the end of file");
		e.count++;
		e.last = n.at - since;
	}
	return e;
}

static struct ends wait_all_reset(void)
{
	struct ends e = wait_ends(CONNECTIONS, 5, is_reset);

	if (e.count < CONNECTIONS)
		die("%d of %d connections have ended", e.count, CONNECTIONS);
	return e;
}

/* ---- the guest, both times -------------------------------------------- */

void check_lost_guest(struct job *j)
{
	int fd[CONNECTIONS];

	open_all(j, fd, false);
	expect_word(j, REBOOT);
	reboot(RB_AUTOBOOT);
}

/* ---- restart ---------------------------------------------------------- */

/* The new life of the guest knows nothing of the connection, and says so when it hears of it. */
static void expect_end(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char c;

	send(fd, "", 1, MSG_NOSIGNAL);
	if (poll(&p, 1, 10000) != 1)
		die("idle: still open");
	if (recv(fd, &c, 1, 0) > 0)
		die("idle: data from nobody");
	if (send(fd, "", 1, MSG_NOSIGNAL) != -1 || (errno != EPIPE && errno != ECONNRESET))
		die("idle: can still send");
}

/* Down first, then up: it may still take connections for a moment. */
static void wait_for_restart(uint32_t cid)
{
	double t = now();
	int fd;

	while ((fd = link_try(cid, CONTROL_PORT, SOCK_STREAM)) >= 0) {
		close(fd);
		if (now() - t > 20)
			die("the guest does not go down");
		usleep(1000);
	}
	wait_for(cid);
}

static void end_idle(const int fd[CONNECTIONS])
{
	for (uint32_t i = 0; i < CONNECTIONS; i++)
		if (kind_of(i) == IDLE)
			expect_end(fd[i]);
}

void check_restart_host(struct job *j)
{
	bool device_resets = j->order.number;
	int fd[CONNECTIONS];
	struct ends e;

	open_all(j, fd, device_resets);
	wait_moved();
	send_word(j, REBOOT, 0);
	close(j->control);
	j->control = -1;
	wait_for_restart(j->cid);
	if (device_resets)
		e = wait_all_reset();
	else
		e = wait_ends(BUSY, 2, is_any_end);
	end_idle(fd);
	printf("%d ended\n", e.count);
}

/* ---- closed ----------------------------------------------------------- */

void check_closed_host(struct job *j)
{
	int fd[CONNECTIONS];
	struct ends e;

	open_all(j, fd, true);
	wait_moved();
	if (kill(j->order.number, SIGKILL))
		die("kill %u: %m", j->order.number);
	e = wait_all_reset();
	fd[0] = link_try(j->cid, j->order.port, SOCK_STREAM);
	if (fd[0] != -ENODEV)
		die("connect to nobody says %s", fd[0] < 0 ? strerror(-fd[0]) : "yes");
	j->control = -1;
	printf("%.0f ms\n", e.last * 1000);
}
