/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The IOTLB's entries in the order of their IOVAs: a balanced tree in an array,
 * linked by index. For iotlb.c alone.
 */
#ifndef RINGSIDE_IOTLB_TREE_H
#define RINGSIDE_IOTLB_TREE_H

#include "ring.h"

enum { NONE = 0 };

enum side { LEFT, RIGHT };

struct ring_iotlb_node {
	struct ring_range range;
	u32 parent;
	u32 child[2];		/* enum side */
	u32 height;		/* of the subtree; a leaf has 1 */
	u32 older, newer;	/* newer also links spare nodes */
};

static enum side opposite(enum side side)
{
	return side == LEFT ? RIGHT : LEFT;
}

static u32 child_height(const struct ring_iotlb_node *node, u32 at,
			enum side side)
{
	return node[node[at].child[side]].height;
}

static void update_height(struct ring_iotlb_node *node, u32 at)
{
	u32 left = child_height(node, at, LEFT);
	u32 right = child_height(node, at, RIGHT);

	node[at].height = 1 + (left > right ? left : right);
}

static void set_child(struct ring_iotlb_node *node, u32 at, enum side side,
		      u32 child)
{
	node[at].child[side] = child;
	node[child].parent = at;
}

/* Hang @new, or nothing, where @old hangs; @old itself still points up. */
static void take_place(struct ring_iotlb *tlb, u32 old, u32 new)
{
	struct ring_iotlb_node *node = tlb->node;
	u32 parent = node[old].parent;

	node[new].parent = parent;
	if (parent == NONE)
		tlb->root = new;
	else
		node[parent].child[node[parent].child[RIGHT] == old] = new;
}

/* Raise @at's child on @side above it. Return: that child. */
static u32 rotate(struct ring_iotlb *tlb, u32 at, enum side side)
{
	struct ring_iotlb_node *node = tlb->node;
	u32 raised = node[at].child[side];

	take_place(tlb, at, raised);
	set_child(node, at, side, node[raised].child[opposite(side)]);
	set_child(node, raised, opposite(side), at);
	update_height(node, at);
	update_height(node, raised);
	return raised;
}

/* @at is two higher on @side. Return: the subtree's new top, balanced. */
static u32 lower(struct ring_iotlb *tlb, u32 at, enum side side)
{
	u32 child = tlb->node[at].child[side];

	if (child_height(tlb->node, child, opposite(side)) >
	    child_height(tlb->node, child, side))
		rotate(tlb, child, opposite(side));
	return rotate(tlb, at, side);
}

/* One child of @at may have changed its height by one. Return: the new top. */
static u32 balance(struct ring_iotlb *tlb, u32 at)
{
	u32 left = child_height(tlb->node, at, LEFT);
	u32 right = child_height(tlb->node, at, RIGHT);

	if (left > right + 1)
		return lower(tlb, at, LEFT);
	if (right > left + 1)
		return lower(tlb, at, RIGHT);
	update_height(tlb->node, at);
	return at;
}

/* Balance from @at up, as far as heights still change. */
static void balance_up(struct ring_iotlb *tlb, u32 at)
{
	while (at != NONE) {
		u32 before = tlb->node[at].height;

		at = balance(tlb, at);
		if (tlb->node[at].height == before)
			return;
		at = tlb->node[at].parent;
	}
}

static void tree_insert(struct ring_iotlb *tlb, u32 new)
{
	struct ring_iotlb_node *node = tlb->node;
	u32 parent = NONE, at = tlb->root;
	enum side side = LEFT;

	while (at != NONE) {
		parent = at;
		side = node[new].range.start < node[at].range.start ?
			       LEFT : RIGHT;
		at = node[at].child[side];
	}
	set_child(node, new, LEFT, NONE);
	set_child(node, new, RIGHT, NONE);
	node[new].height = 1;
	node[new].parent = parent;
	if (parent == NONE)
		tlb->root = new;
	else
		node[parent].child[side] = new;
	balance_up(tlb, parent);
}

static u32 leftmost(const struct ring_iotlb_node *node, u32 at)
{
	while (node[at].child[LEFT] != NONE)
		at = node[at].child[LEFT];
	return at;
}

/* Take out a node that has a child on @side at most. */
static void tree_splice(struct ring_iotlb *tlb, u32 old, enum side side)
{
	u32 parent = tlb->node[old].parent;

	take_place(tlb, old, tlb->node[old].child[side]);
	balance_up(tlb, parent);
}

/*
 * For a node with two children, the next node, which has no left child, is
 * spliced out and then stands in for it. Nodes are relinked, never copied, so
 * a walk over the tree may go on from the next node.
 */
static void tree_remove(struct ring_iotlb *tlb, u32 old)
{
	struct ring_iotlb_node *node = tlb->node;
	u32 next;

	if (node[old].child[RIGHT] == NONE) {
		tree_splice(tlb, old, LEFT);
		return;
	}
	if (node[old].child[LEFT] == NONE) {
		tree_splice(tlb, old, RIGHT);
		return;
	}
	next = leftmost(node, node[old].child[RIGHT]);
	tree_splice(tlb, next, RIGHT);
	take_place(tlb, old, next);
	set_child(node, next, LEFT, node[old].child[LEFT]);
	set_child(node, next, RIGHT, node[old].child[RIGHT]);
	node[next].height = node[old].height;
}

/* The lowest entry that ends at @iova or above it. */
static u32 first_reaching(const struct ring_iotlb *tlb, u64 iova)
{
	const struct ring_iotlb_node *node = tlb->node;
	u32 found = NONE, at = tlb->root;

	/* Entries never overlap: they are in the order of their ends, too. */
	while (at != NONE) {
		if (node[at].range.last >= iova) {
			found = at;
			at = node[at].child[LEFT];
		} else {
			at = node[at].child[RIGHT];
		}
	}
	return found;
}

static u32 next_by_iova(const struct ring_iotlb_node *node, u32 at)
{
	u32 parent;

	if (node[at].child[RIGHT] != NONE)
		return leftmost(node, node[at].child[RIGHT]);

	for (parent = node[at].parent; parent != NONE;
	     parent = node[at].parent) {
		if (node[parent].child[LEFT] == at)
			return parent;
		at = parent;
	}
	return NONE;
}

#endif /* RINGSIDE_IOTLB_TREE_H */
