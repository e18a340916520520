// SPDX-License-Identifier: GPL-2.0-only
/*
 * insnprof: a QEMU plugin that counts the kernel instructions an emulated host
 * executes between two marks of a program (insnprof.h), exactly, by code block.
 *
 *	qemu-system-x86_64 -accel tcg -smp 1 -plugin libinsnprof.so,out=FILE
 *
 * At QEMU's end FILE holds lines "LABEL ADDRESS INSTRUCTIONS"; labbench.py joins
 * them with the host's symbols. One vCPU: marks are not distinguished.
 *
 * Of QEMU's documented plugin interface, version 4, only what is used here is
 * declared, so that no header of QEMU's is needed.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "insnprof.h"

struct qemu_plugin_tb;
struct qemu_plugin_insn;
struct qemu_plugin_scoreboard;
struct qemu_info;
typedef uint64_t plugin_id;
typedef struct {
	struct qemu_plugin_scoreboard *score;
	size_t offset;
} plugin_u64;

extern void qemu_plugin_register_vcpu_tb_trans_cb(
	plugin_id id, void (*cb)(plugin_id, struct qemu_plugin_tb *));
extern void qemu_plugin_register_atexit_cb(plugin_id id,
					   void (*cb)(plugin_id, void *),
					   void *data);
extern void qemu_plugin_register_vcpu_tb_exec_inline_per_vcpu(
	struct qemu_plugin_tb *tb, int op, plugin_u64 entry, uint64_t imm);
extern void qemu_plugin_register_vcpu_insn_exec_cb(
	struct qemu_plugin_insn *insn, void (*cb)(unsigned int, void *),
	int flags, void *data);
extern struct qemu_plugin_scoreboard *qemu_plugin_scoreboard_new(size_t size);
extern uint64_t qemu_plugin_u64_sum(plugin_u64 entry);
extern size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
extern uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *tb);
extern struct qemu_plugin_insn *
qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t i);
extern size_t qemu_plugin_insn_data(const struct qemu_plugin_insn *insn,
				    void *to, size_t len);

__attribute__((visibility("default"))) int qemu_plugin_version = 4;

enum {
	INLINE_ADD_U64 = 0,
	CB_NO_REGS = 0,
	BLOCKS = 1 << 17,	/* most that are distinguished */
	PLACES = 2 * BLOCKS,	/* of the hash table */
	LABELS = 64,
};

/* A block of kernel code; two of different lengths may begin at one address. */
struct block {
	uint64_t addr;
	uint32_t insns;
	uint64_t before;		/* count at the last BEGIN */
	uint64_t *sum;			/* by label; NULL: none so far */
};

static struct block block[BLOCKS];	/* [0] is unused */
static uint32_t blocks = 1, place[PLACES];
static struct qemu_plugin_scoreboard *board;	/* a counter for each */
static unsigned int label;		/* 0: before the first NEXT */
static bool counting;
static const char *out = "insnprof.out";

static uint32_t find(uint64_t addr, uint32_t insns)
{
	size_t at = (addr * 0x9E3779B97F4A7C15ull ^ insns) % PLACES;

	for (; place[at]; at = (at + 1) % PLACES) {
		struct block *b = &block[place[at]];

		if (b->addr == addr && b->insns == insns)
			return place[at];
	}
	if (blocks == BLOCKS) {
		fprintf(stderr, "insnprof: too many blocks\n");
		exit(1);
	}
	block[blocks] = (struct block){ .addr = addr, .insns = insns };
	place[at] = blocks;
	return blocks++;
}

static plugin_u64 counter(uint32_t i)
{
	return (plugin_u64){ board, i * sizeof(uint64_t) };
}

/* ---- marks ------------------------------------------------------------ */

static void begin(void)
{
	for (uint32_t i = 1; i < blocks; i++)
		block[i].before = qemu_plugin_u64_sum(counter(i));
	counting = true;
}

static void end(void)
{
	for (uint32_t i = 1; i < blocks && counting; i++) {
		struct block *b = &block[i];
		uint64_t n = qemu_plugin_u64_sum(counter(i)) - b->before;

		if (!n)
			continue;
		if (!b->sum)
			b->sum = calloc(LABELS, sizeof(*b->sum));
		b->sum[label] += n;
	}
	counting = false;
}

static void marked(unsigned int cpu, void *data)
{
	(void)cpu;
	switch ((uintptr_t)data) {
	case INSNPROF_NEXT:
		if (label < LABELS - 1)
			label++;
		break;
	case INSNPROF_BEGIN:
		begin();
		break;
	case INSNPROF_END:
		end();
		break;
	}
}

static void look_for_mark(struct qemu_plugin_insn *insn)
{
	uint8_t code[7];
	uint32_t mark;

	if (qemu_plugin_insn_data(insn, code, sizeof(code)) != sizeof(code) ||
	    memcmp(code, "\x0f\x1f\x80", 3))
		return;
	memcpy(&mark, code + 3, sizeof(mark));
	if (mark >= INSNPROF_NEXT && mark <= INSNPROF_END)
		qemu_plugin_register_vcpu_insn_exec_cb(
			insn, marked, CB_NO_REGS, (void *)(uintptr_t)mark);
}

/* ---- QEMU's calls ----------------------------------------------------- */

static void translated(plugin_id id, struct qemu_plugin_tb *tb)
{
	uint64_t addr = qemu_plugin_tb_vaddr(tb);
	uint32_t n = qemu_plugin_tb_n_insns(tb);

	(void)id;
	if (addr >> 63) {
		qemu_plugin_register_vcpu_tb_exec_inline_per_vcpu(
			tb, INLINE_ADD_U64, counter(find(addr, n)), n);
		return;
	}
	for (uint32_t i = 0; i < n; i++)
		look_for_mark(qemu_plugin_tb_get_insn(tb, i));
}

static void finish(plugin_id id, void *data)
{
	FILE *f = fopen(out, "w");

	(void)id;
	(void)data;
	if (!f) {
		perror(out);
		return;
	}
	for (uint32_t i = 1; i < blocks; i++)
		for (unsigned int l = 0; block[i].sum && l < LABELS; l++)
			if (block[i].sum[l])
				fprintf(f, "%u %" PRIx64 " %" PRIu64 "\n", l,
					block[i].addr, block[i].sum[l]);
	fclose(f);
}

__attribute__((visibility("default"))) int
qemu_plugin_install(plugin_id id, const struct qemu_info *info, int argc,
		    char **argv);
int qemu_plugin_install(plugin_id id, const struct qemu_info *info, int argc,
			char **argv)
{
	(void)info;
	for (int i = 0; i < argc; i++)
		if (!strncmp(argv[i], "out=", 4))
			out = strdup(argv[i] + 4);
	board = qemu_plugin_scoreboard_new(BLOCKS * sizeof(uint64_t));
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	qemu_plugin_register_atexit_cb(id, finish, NULL);
	return 0;
}
