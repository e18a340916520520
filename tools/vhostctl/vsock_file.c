// SPDX-License-Identifier: GPL-2.0-only
/*
 * The file of vsock apply. A line for each guest: its CID, or uuid=UUID of a libvirt
 * domain, then words: group=NAME, and those of a policy. # begins a comment.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vhostctl.h"

static enum status say_line(const struct vsock_file *f, const char *fmt,
			    const char *word)
{
	char what[200];

	snprintf(what, sizeof(what), fmt, word);
	say_failed("%s:%u: %s; nothing was done", f->name, f->line, what);
	return USAGE;
}

static bool is_uuid(const char *word)
{
	static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";

	if (strlen(word) != VSOCK_UUID_LEN)
		return false;
	for (int i = 0; form[i]; i++)
		if (form[i] == '-' ? word[i] != '-' :
				     !isxdigit((unsigned char)word[i]))
			return false;
	return true;
}

static bool set_guest(struct vsock_entry *e, const char *word)
{
	if (strncmp(word, "uuid=", 5))
		return vsock_is_cid(word, &e->cid);
	if (!is_uuid(word + 5))
		return false;
	strcpy(e->uuid, word + 5);
	return true;
}

static bool has_group(const struct vsock_entry *e, const char *name)
{
	for (int i = 0; i < e->n_groups; i++)
		if (!strcmp(e->group[i], name))
			return true;
	return false;
}

static enum status set_word(struct vsock_file *f, struct vsock_entry *e,
			    const char *word)
{
	if (strncmp(word, "group=", 6)) {
		/* a bare "pin" is filled in when the CID is known */
		if (!strcmp(word, "pin"))
			e->pin = true;
		else if (!vsock_policy_word(&e->policy, e->cid, word))
			return say_line(f, "'%s': no setting", word);
		return DONE;
	}
	word += 6;
	if (!vsock_is_group(word))
		return say_line(f, "'%s': no name of a group", word);
	if (has_group(e, word))
		return DONE;
	if (e->n_groups == RINGSIDE_VSOCK_MAX_GROUPS)
		return say_line(f, "'%s': more groups than one guest can have",
				word);
	strcpy(e->group[e->n_groups++], word);
	return DONE;
}

static bool is_same(const struct vsock_entry *a, const struct vsock_entry *b)
{
	return a->cid == b->cid && !strcasecmp(a->uuid, b->uuid);
}

static enum status read_entry(struct vsock_file *f, char *line)
{
	struct vsock_entry e = {}, *more;
	char *word = strtok(line, " \t\n");
	enum status status = DONE;

	if (!word)
		return DONE;
	if (!set_guest(&e, word))
		return say_line(f, "'%s': neither a CID nor uuid=UUID", word);
	for (size_t i = 0; i < f->n; i++)
		if (is_same(&f->entry[i], &e))
			return say_line(f, "'%s': has a line already", word);
	while (status == DONE && (word = strtok(NULL, " \t\n")))
		status = set_word(f, &e, word);
	if (status != DONE)
		return status;
	more = reallocarray(f->entry, f->n + 1, sizeof(*more));
	if (!more)
		return say_failed("%s", strerror(ENOMEM));
	f->entry = more;
	more[f->n++] = e;
	return DONE;
}

static enum status read_lines(struct vsock_file *f, FILE *from)
{
	enum status status = DONE;
	size_t room = 0;
	char *line = NULL;

	while (status == DONE && getline(&line, &room, from) >= 0) {
		f->line++;
		line[strcspn(line, "#")] = 0;
		status = read_entry(f, line);
	}
	if (status == DONE && ferror(from))
		status = say_failed("%s: %s", f->name, strerror(errno));
	free(line);
	return status;
}

enum status vsock_file_read(struct vsock_file *f, const char *name)
{
	FILE *from = fopen(name, "re");
	enum status status;

	*f = (struct vsock_file){ .name = name };
	if (!from)
		return say_failed("%s: %s", name, strerror(errno));
	status = read_lines(f, from);
	fclose(from);
	if (status != DONE)
		vsock_file_free(f);
	return status;
}

void vsock_file_free(struct vsock_file *f)
{
	free(f->entry);
	f->entry = NULL;
	f->n = 0;
}
