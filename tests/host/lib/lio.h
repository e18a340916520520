/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * LIO, the kernel's SCSI target, configured through configfs as targetcli does
 * it: backstores, and target portal groups of the vhost fabric with their nexus
 * and LUNs.
 *
 * Functions that return int give 0 or the errno of the step that failed; the
 * others end the test when they cannot do what they must.
 */
#ifndef RINGSIDE_HOST_LIO_H
#define RINGSIDE_HOST_LIO_H

#include <stdbool.h>
#include <stdint.h>

#define LIO_FABRIC "/sys/kernel/config/target/vhost"

/* A backstore; its directory in configfs is core/HBA/NAME. */
struct lio_store {
	char hba[32];
	char name[32];
};

/* A target portal group of the vhost fabric. */
struct lio_tpg {
	char wwn[64];
	unsigned int tag;
};

/** lio_ready() - mount configfs and make the fabric's directory */
void lio_ready(void);

/** lio_done() - remove the fabric's directory, which holds the module */
void lio_done(void);

/** lio_write() - write a line to a file of configfs */
int lio_write(const char *text, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/** lio_read() - the first line of a file of configfs, without its end */
int lio_read(char *text, unsigned int size, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* ---- backstores ------------------------------------------------------- */

/** lio_ramdisk() - rd_mcp with so many pages of 4 KiB */
void lio_ramdisk(struct lio_store *s, const char *name, unsigned int pages);

/** lio_ramdisk_null() - the same, which keeps no data and moves none */
void lio_ramdisk_null(struct lio_store *s, const char *name, unsigned int pages);

/** lio_ramdisk_pi() - the same, formatted with T10 protection of @type 1 or 3 */
void lio_ramdisk_pi(struct lio_store *s, const char *name, unsigned int pages,
		    int type);

/** lio_file() - fileio on a file, which is made */
void lio_file(struct lio_store *s, const char *name, const char *file,
	      uint64_t bytes);

/** lio_block() - iblock on a block device */
void lio_block(struct lio_store *s, const char *name, const char *node);

/** lio_store_set() - write an attribute: "attrib/emulate_tpu", "1" */
int lio_store_set(const struct lio_store *s, const char *attr,
		  const char *value);

void lio_store_remove(const struct lio_store *s);

/* ---- the fabric ------------------------------------------------------- */

/** lio_tpg_mkdir() - WWN and TPG, without a nexus */
int lio_tpg_mkdir(struct lio_tpg *t, const char *wwn, unsigned int tag);

/** lio_nexus() - make it for an initiator; NULL: remove it */
int lio_nexus(const struct lio_tpg *t, const char *initiator);

/** lio_tpg_make() - WWN, TPG and nexus */
void lio_tpg_make(struct lio_tpg *t, const char *wwn, unsigned int tag);

/** lio_tpg_rmdir() - the TPG without LUNs, and its WWN if it was the last */
int lio_tpg_rmdir(const struct lio_tpg *t);

/** lio_tpg_remove() - LUNs, nexus, TPG, and the WWN if it was the last */
void lio_tpg_remove(const struct lio_tpg *t);

int lio_lun_add(const struct lio_tpg *t, unsigned int lun,
		const struct lio_store *s);
int lio_lun_remove(const struct lio_tpg *t, unsigned int lun);

#endif /* RINGSIDE_HOST_LIO_H */
