// SPDX-License-Identifier: GPL-2.0-only
/*
 * The fabric's files in configfs, as targetcli and rtslib use them.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests.h"

static int try_mkdir(const char *path)
{
	return mkdir(path, 0755) ? errno : 0;
}

static void wwns(void)
{
	static const struct {
		const char *wwn;
		int err;
	} rows[] = {
		{ "naa.60014050aa55aa55", 0 },
		{ "naa.6001405000000000aaaaaaaaaaaaaaaa", 0 },
		{ "iqn.2003-01.org.linux-iscsi:guest", 0 },
		{ "fc.2100000000000001", 0 },
		{ "eui.0123456789abcdef", EINVAL },
		{ "none", EINVAL },
		{ "naa", EINVAL },
	};
	char path[200];

	for (unsigned int i = 0; i < COUNT(rows); i++) {
		snprintf(path, sizeof(path), LIO_FABRIC "/%s", rows[i].wwn);
		went(try_mkdir(path), rows[i].err, rows[i].wwn);
		if (!rows[i].err)
			rmdir(path);
	}
}

static void tpgs(void)
{
	static const struct {
		const char *name;
		bool good;
	} rows[] = {
		{ "tpgt_0", true }, { "tpgt_255", true },
		{ "tpgt_256", false }, { "tpgt_65536", false },
		{ "tpgt_4294967297", false }, { "tpgt_-1", false },
		{ "tpgt_", false }, { "tpgt_x", false }, { "other", false },
	};
	char path[200];

	for (unsigned int i = 0; i < COUNT(rows); i++) {
		int err;

		snprintf(path, sizeof(path), LIO_FABRIC "/" WWN "/%s",
			 rows[i].name);
		err = try_mkdir(path);
		report_ok(!err == rows[i].good, "CVE-2015-4036: %s: %s",
			  rows[i].name, errno_name(err));
		if (!err)
			rmdir(path);
	}
}

static void nexus(void)
{
	struct lio_tpg t;
	char text[300];

	if (lio_tpg_mkdir(&t, WWN, 3))
		report_die("tpgt_3");
	report_ok(lio_read(text, sizeof(text), LIO_FABRIC "/%s/tpgt_3/nexus",
			   WWN), "no nexus to be read");
	report_ok(lio_nexus(&t, NULL), "no nexus to be removed");
	went(lio_nexus(&t, "eui.1"), EINVAL, "nexus of an unknown kind");
	report_ok(lio_nexus(&t, "iqn.2003-01.org:x"),
		  "an iqn nexus under an naa WWN is rejected");
	went(lio_nexus(&t, OTHER_WWN), 0, "nexus of an initiator");
	went(lio_nexus(&t, WWN), EEXIST, "a second nexus");
	report_ok(!lio_read(text, sizeof(text),
			    LIO_FABRIC "/%s/tpgt_3/nexus", WWN) &&
		  !strcmp(text, OTHER_WWN), "nexus reads %s", text);
	went(lio_nexus(&t, NULL), 0, "nexus removed");
	went(lio_nexus(&t, WWN), 0, "and made again");
	memset(text, 'n', sizeof(text) - 1);
	memcpy(text, "naa.", 4);
	text[sizeof(text) - 1] = '\0';
	report_ok(lio_nexus(&t, text), "a nexus of 299 characters");
	lio_tpg_remove(&t);
}

static void attributes(void)
{
	static const struct {
		const char *text;
		int err;
	} rows[] = {
		{ "0", 0 }, { "1", 0 }, { "3", 0 },
		{ "2", EINVAL }, { "4", EINVAL }, { "x", EINVAL },
		{ "", EINVAL },
	};
	char text[100];

	for (unsigned int i = 0; i < COUNT(rows); i++) {
		int err = lio_write(rows[i].text, LIO_FABRIC "/" WWN
				    "/tpgt_1/attrib/fabric_prot_type");
		char name[60];

		snprintf(name, sizeof(name), "fabric_prot_type \"%s\"",
			 rows[i].text);
		/* no bytes are written: the call is not made at all */
		if (*rows[i].text)
			went(err, rows[i].err, name);
	}
	report_ok(!lio_read(text, sizeof(text), LIO_FABRIC "/" WWN
			    "/tpgt_1/attrib/fabric_prot_type") &&
		  !strcmp(text, "3"), "fabric_prot_type reads %s", text);
	lio_write("0", LIO_FABRIC "/" WWN "/tpgt_1/attrib/fabric_prot_type");
	report_ok(!lio_read(text, sizeof(text), LIO_FABRIC "/version") &&
		  *text, "version: %s", text);
}

/* What a device uses must not be taken away. */
static void in_use(void)
{
	struct scsi_guest g;
	char path[200];

	scsi_start(&g, F_V1, WWN);
	went(lio_nexus(&target.tpg, NULL), EBUSY,
	     "nexus removed under an endpoint");
	snprintf(path, sizeof(path), LIO_FABRIC "/" WWN "/tpgt_1");
	report_ok(rmdir(path) && (errno == EBUSY || errno == ENOTEMPTY),
		  "TPG removed under an endpoint: %s", errno_name(errno));
	report_ok(scsi_works(&g, 0), "the disk works after that");
	scsi_close(&g);
}

static void luns(void)
{
	static const unsigned int good[] = { 1, 255, 256, 16383 };
	struct scsi_guest g;

	for (unsigned int i = 0; i < COUNT(good); i++)
		if (lio_lun_add(&target.tpg, good[i], &target.disk))
			report_ok(false, "LUN %u", good[i]);
	scsi_start(&g, F_V1, WWN);
	for (unsigned int i = 0; i < COUNT(good); i++)
		report_ok(scsi_works(&g, good[i]), "LUN %u works", good[i]);
	for (unsigned int i = 0; i < COUNT(good); i++)
		lio_lun_remove(&target.tpg, good[i]);
	report_ok(scsi_works(&g, 0), "LUN 0 works when they are gone");
	scsi_close(&g);
}

static void two_tpgs(void)
{
	struct lio_tpg second;
	struct scsi_guest g;
	struct scsi_io io;
	struct scsi_result r;

	lio_tpg_make(&second, WWN, 200);
	lio_lun_add(&second, 4, &target.disk);
	scsi_start(&g, F_V1, WWN);
	io = scsi_inquiry(4);
	io.lun[1] = 200;
	r = scsi_do(&g, &io);
	report_ok(scsi_good(&r), "INQUIRY to target 200: %s", scsi_text(&r));
	report_ok(scsi_works(&g, 0), "target 1 works as well");
	scsi_close(&g);
	lio_tpg_remove(&second);
}

void test_configfs(void)
{
	target_up();
	wwns();
	tpgs();
	nexus();
	attributes();
	in_use();
	luns();
	two_tpgs();
	target_down();
}
