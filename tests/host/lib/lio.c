// SPDX-License-Identifier: GPL-2.0-only
/*
 * LIO through configfs; see lio.h.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lio.h"
#include "report.h"

#define CONFIGFS "/sys/kernel/config"
#define CORE CONFIGFS "/target/core"

enum { PATH_BYTES = 300 };

/* ---- files ------------------------------------------------------------ */

static int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), err = 0;

	if (fd < 0)
		return errno;
	if (write(fd, text, strlen(text)) < 0)
		err = errno;
	close(fd);
	return err;
}

int lio_write(const char *text, const char *fmt, ...)
{
	char path[PATH_BYTES];
	va_list args;

	va_start(args, fmt);
	vsnprintf(path, sizeof(path), fmt, args);
	va_end(args);
	return write_file(path, text);
}

int lio_read(char *text, unsigned int size, const char *fmt, ...)
{
	char path[PATH_BYTES];
	va_list args;
	ssize_t n;
	int fd;

	va_start(args, fmt);
	vsnprintf(path, sizeof(path), fmt, args);
	va_end(args);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno;
	n = read(fd, text, size - 1);
	close(fd);
	if (n < 0)
		return EIO;
	text[n] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return 0;
}

static int make_dir(const char *path)
{
	return mkdir(path, 0755) && errno != EEXIST ? errno : 0;
}

static void must_dir(const char *path)
{
	errno = make_dir(path);
	if (errno)
		report_die("%s", path);
}

void lio_ready(void)
{
	if (access(CONFIGFS "/target", F_OK))
		mount("none", CONFIGFS, "configfs", 0, NULL);
	must_dir(LIO_FABRIC);
}

void lio_done(void)
{
	if (rmdir(LIO_FABRIC))
		report_die("rmdir " LIO_FABRIC);
}

/* ---- backstores ------------------------------------------------------- */

static void make_store(struct lio_store *s, const char *kind, const char *name,
		       const char *control)
{
	static unsigned int hbas;
	char path[PATH_BYTES];

	snprintf(s->hba, sizeof(s->hba), "%s_%u", kind, hbas++);
	snprintf(s->name, sizeof(s->name), "%s", name);
	snprintf(path, sizeof(path), CORE "/%s", s->hba);
	must_dir(path);
	snprintf(path, sizeof(path), CORE "/%s/%s", s->hba, s->name);
	must_dir(path);
	errno = lio_store_set(s, "control", control);
	if (errno)
		report_die("%s/control: %s", path, control);
}

static void enable(const struct lio_store *s)
{
	lio_store_set(s, "wwn/vpd_unit_serial", s->name);
	errno = lio_store_set(s, "enable", "1");
	if (errno)
		report_die("%s/%s/enable", s->hba, s->name);
}

static void ramdisk(struct lio_store *s, const char *name, unsigned int pages,
		    const char *more)
{
	char control[64];

	snprintf(control, sizeof(control), "rd_pages=%u%s", pages, more);
	make_store(s, "rd_mcp", name, control);
	enable(s);
}

void lio_ramdisk(struct lio_store *s, const char *name, unsigned int pages)
{
	ramdisk(s, name, pages, "");
}

void lio_ramdisk_null(struct lio_store *s, const char *name, unsigned int pages)
{
	ramdisk(s, name, pages, ",rd_nullio=1");
}

void lio_ramdisk_pi(struct lio_store *s, const char *name, unsigned int pages,
		    int type)
{
	char number[8];

	lio_ramdisk(s, name, pages);
	snprintf(number, sizeof(number), "%d", type);
	errno = lio_store_set(s, "attrib/pi_prot_type", number);
	if (errno)
		report_die("protection type %d", type);
}

void lio_file(struct lio_store *s, const char *name, const char *file,
	      uint64_t bytes)
{
	int fd = open(file, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	char control[200];

	if (fd < 0 || ftruncate(fd, bytes))
		report_die("%s", file);
	close(fd);
	snprintf(control, sizeof(control), "fd_dev_name=%s,fd_dev_size=%llu",
		 file, (unsigned long long)bytes);
	make_store(s, "fileio", name, control);
	enable(s);
}

void lio_block(struct lio_store *s, const char *name, const char *node)
{
	char control[200];

	snprintf(control, sizeof(control), "udev_path=%s", node);
	make_store(s, "iblock", name, control);
	enable(s);
}

int lio_store_set(const struct lio_store *s, const char *attr,
		  const char *value)
{
	return lio_write(value, CORE "/%s/%s/%s", s->hba, s->name, attr);
}

void lio_store_remove(const struct lio_store *s)
{
	char path[PATH_BYTES];

	snprintf(path, sizeof(path), CORE "/%s/%s", s->hba, s->name);
	if (rmdir(path))
		report_die("rmdir %s", path);
	snprintf(path, sizeof(path), CORE "/%s", s->hba);
	if (rmdir(path))
		report_die("rmdir %s", path);
}

/* ---- the fabric ------------------------------------------------------- */

int lio_tpg_mkdir(struct lio_tpg *t, const char *wwn, unsigned int tag)
{
	char path[PATH_BYTES];
	int err;

	snprintf(t->wwn, sizeof(t->wwn), "%s", wwn);
	t->tag = tag;
	snprintf(path, sizeof(path), LIO_FABRIC "/%s", wwn);
	err = make_dir(path);
	if (err)
		return err;
	snprintf(path, sizeof(path), LIO_FABRIC "/%s/tpgt_%u", wwn, tag);
	return make_dir(path);
}

int lio_nexus(const struct lio_tpg *t, const char *initiator)
{
	return lio_write(initiator ? initiator : "NULL",
			 LIO_FABRIC "/%s/tpgt_%u/nexus", t->wwn, t->tag);
}

void lio_tpg_make(struct lio_tpg *t, const char *wwn, unsigned int tag)
{
	errno = lio_tpg_mkdir(t, wwn, tag);
	if (errno)
		report_die("TPG %u of %s", tag, wwn);
	errno = lio_nexus(t, wwn);
	if (errno)
		report_die("nexus of TPG %u of %s", tag, wwn);
}

static bool has_tpg(const char *path)
{
	struct dirent *e;
	bool found = false;
	DIR *d = opendir(path);

	while (d && (e = readdir(d)))
		found |= !strncmp(e->d_name, "tpgt_", 5);
	if (d)
		closedir(d);
	return found;
}

int lio_tpg_rmdir(const struct lio_tpg *t)
{
	char path[PATH_BYTES];

	snprintf(path, sizeof(path), LIO_FABRIC "/%s/tpgt_%u", t->wwn, t->tag);
	if (rmdir(path))
		return errno;
	snprintf(path, sizeof(path), LIO_FABRIC "/%s", t->wwn);
	return !has_tpg(path) && rmdir(path) ? errno : 0;
}

void lio_tpg_remove(const struct lio_tpg *t)
{
	char path[PATH_BYTES];
	struct dirent *e;
	DIR *d;

	snprintf(path, sizeof(path), LIO_FABRIC "/%s/tpgt_%u/lun", t->wwn,
		 t->tag);
	d = opendir(path);
	while (d && (e = readdir(d)))
		if (!strncmp(e->d_name, "lun_", 4))
			lio_lun_remove(t, atoi(e->d_name + 4));
	if (d)
		closedir(d);
	lio_nexus(t, NULL);
	errno = lio_tpg_rmdir(t);
	if (errno)
		report_die("TPG %u of %s stays", t->tag, t->wwn);
}

int lio_lun_add(const struct lio_tpg *t, unsigned int lun,
		const struct lio_store *s)
{
	char path[PATH_BYTES], link[PATH_BYTES + 40], store[PATH_BYTES];
	int err;

	snprintf(path, sizeof(path), LIO_FABRIC "/%s/tpgt_%u/lun/lun_%u",
		 t->wwn, t->tag, lun);
	err = make_dir(path);
	if (err)
		return err;
	snprintf(store, sizeof(store), CORE "/%s/%s", s->hba, s->name);
	snprintf(link, sizeof(link), "%s/%s", path, s->name);
	return symlink(store, link) ? errno : 0;
}

int lio_lun_remove(const struct lio_tpg *t, unsigned int lun)
{
	char path[PATH_BYTES];
	struct dirent *e;
	int err = 0;
	DIR *d;

	snprintf(path, sizeof(path), LIO_FABRIC "/%s/tpgt_%u/lun/lun_%u",
		 t->wwn, t->tag, lun);
	d = opendir(path);
	if (!d)
		return errno;
	while ((e = readdir(d)))
		if (e->d_type == DT_LNK && unlinkat(dirfd(d), e->d_name, 0))
			err = errno;
	closedir(d);
	return !err && rmdir(path) ? errno : err;
}
