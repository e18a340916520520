// SPDX-License-Identifier: GPL-2.0-only
/*
 * vsock apply and vsock policy: files of groups and policies, libvirt's domains, and
 * the hook that libvirt runs.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/report.h"
#include "run.h"

#define CONF "/tmp/vsock.conf"
#define XML "/tmp/domain.xml"
#define STATUS "/run/libvirt/qemu/web.xml"
#define UUID "4f1b2a9e-0c1d-4e2f-8a3b-5c6d7e8f9a0b"
#define DOMAIN(uuid, devices) "<domain type='kvm' id='1'>\n<name>web</name>\n" \
	"<uuid>" uuid "</uuid>\n<devices>\n" devices "</devices>\n</domain>\n"
#define VSOCK(cid) "<vsock model='virtio'>\n<cid auto='yes' address='" cid "'/>\n</vsock>\n"

static void put(const char *name, const char *text)
{
	FILE *f = fopen(name, "w");

	if (!f || fputs(text, f) < 0 || fclose(f))
		report_die("%s", name);
}

static void applied(const char *file, const char *out)
{
	put(CONF, file);
	expect("vsock apply " CONF, 0, out, "");
}

/* Each is said with its line, and nothing is done. */
static void bad_files(void)
{
	static const struct {
		const char *file, *err;
	} bad[] = {
		{ "2 group=a\n", "vhostctl: " CONF ":1: '2': neither a CID nor uuid=UUID; nothing was done\n" },
		{ "uuid=x group=a\n", "vhostctl: " CONF ":1: 'uuid=x': neither a CID" },
		{ "100 group=left\n\n# comment\n101 group=a/b\n", "vhostctl: " CONF ":4: 'a/b': no name of a group; nothing was done\n" },
		{ "100 left\n", "vhostctl: " CONF ":1: 'left': no setting; nothing was done\n" },
		{ "100 pin=2\n", "vhostctl: " CONF ":1: 'pin=2': no setting" },
		{ "100 ports=9-1\n", "vhostctl: " CONF ":1: 'ports=9-1': no setting" },
		{ "100 ports=1,\n", "vhostctl: " CONF ":1: 'ports=1,': no setting" },
		{ "100 ports=1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17\n", "vhostctl: " CONF ":1: 'ports=1,2" },
		{ "100 connections=4294967296\n", "vhostctl: " CONF ":1: 'connections=4294967296': no setting" },
		{ "100 queued=4G\n", "vhostctl: " CONF ":1: 'queued=4G': no setting" },
		{ "100 queued=1T\n", "vhostctl: " CONF ":1: 'queued=1T': no setting" },
		{ "100\n0x64\n", "vhostctl: " CONF ":2: '0x64': has a line already; nothing was done\n" },
		{ "100 group=1 group=2 group=3 group=4 group=5 group=6 group=7 group=8 group=9 group=10 group=11 group=12"
		  " group=13 group=14 group=15 group=16 group=17\n",
		  "vhostctl: " CONF ":1: '17': more groups than one guest can have; nothing was done\n" },
	};

	for (unsigned int i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		put(CONF, bad[i].file);
		expect("vsock apply " CONF, 2, "", bad[i].err);
	}
	expect("vsock apply /nothing/here", 1, "",
	       "vhostctl: /nothing/here: No such file or directory\n");
	expect("vsock apply", 2, "", "vhostctl: a file is missing");
	expect("vsock apply a b", 2, "", "vhostctl: one file is expected");
	expect("vsock list", 0, TABLE "100         -\n101         -\n", "");
}

static void files(void)
{
	applied("100 group=left group=right group=left pin\n"
		"101\tgroup=left ports=1,1024-2047 connections=64 queued=1M # and more\n"
		"102 group=left\n",
		"guest 100: policy pin=100\nguest 100: join left\nguest 100: join right\n"
		"guest 101: policy ports=1,1024-2047 connections=64 queued=1048576\nguest 101: join left\n"
		"guest 102: does not run\n");
	expect("vsock list", 0, TABLE "100         left right\n101         left\n", "");
	expect("vsock apply " CONF, 0, "guest 102: does not run\n", "");
	expect("vsock apply --check " CONF, 0, "guest 102: does not run\n", "");
	expect("vsock policy 101", 0,
	       "guest 101: ports=1,1024-2047 connections=64 queued=1048576\n"
	       "rejected connections: 0 by port, 0 by number\n", "");
	put(CONF, "100 group=new\n");
	expect("vsock apply -c " CONF, 3,
	       "guest 100: policy none\nguest 100: leave left\nguest 100: leave right\n"
	       "guest 100: join new\n", "");
	expect("vsock list", 0, TABLE "100         left right\n101         left\n", "");
	expect("vsock apply " CONF, 0,
	       "guest 100: policy none\nguest 100: leave left\nguest 100: leave right\n"
	       "guest 100: join new\n", "");
	expect("vsock list", 0, TABLE "100         new\n101         left\n", "");
	put(CONF, "100 pin=200\n");
	expect("vsock apply " CONF, 1, "",
	       "vhostctl: guest 100: cannot be pinned to CID 200, for it has another one\n");
	put(CONF, "100 queued=1K\n");
	expect("vsock apply " CONF, 1, "",
	       "vhostctl: guest 100: queued=1024: that is 256K to 1G\n");
	applied("100\n101\n", "guest 100: leave new\nguest 101: policy none\nguest 101: leave left\n");
	run_unprivileged(true);
	put(CONF, "100 group=a\n");
	expect("vsock apply " CONF, 1, "", "vhostctl: guest 100: not permitted: that needs CAP_NET_ADMIN\n");
	run_unprivileged(false);
}

static void policies(void)
{
	expect("vsock policy 100 pin ports=none", 0, "", "");
	expect("vsock policy 100", 0, "guest 100: pin=100 ports=none\n"
	       "rejected connections: 0 by port, 0 by number\n", "");
	expect("vsock policy 100 none", 0, "", "");
	expect("vsock policy 100", 0, "guest 100: none\n"
	       "rejected connections: 0 by port, 0 by number\n", "");
	expect("vsock policy 100 ports=all", 0, "", "");
	expect("vsock policy 100 group=a", 2, "", "vhostctl: 'group=a': no setting of a policy");
	expect("vsock policy 100 pin none", 2, "", "vhostctl: 'none': no setting of a policy");
	expect("vsock policy 7", 1, "", "vhostctl: guest 7: no such guest\n");
	expect("vsock policy", 2, "", "vhostctl: a guest is missing");
	expect("vsock exec -g a -p pin -- echo {}", 2, "", "vhostctl: 'pin': no setting of a policy");
	expect("vsock exec -g a -p queued=1 -- echo {}", 1, "",
	       "vhostctl: the new device: queued=1: that is 256K to 1G\n");
}

static void domains(void)
{
	put(XML, DOMAIN(UUID, VSOCK("101")));
	put(CONF, "100 group=a\nuuid=" UUID " group=b pin\n");
	expect("vsock apply " CONF, 0, "guest 100: join a\nguest " UUID
	       ": does not run, or has no vsock device\n", "");
	expect("vsock apply --domain " XML " " CONF, 0,
	       "guest 101: policy pin=101\nguest 101: join b\n", "");
	put(CONF, "uuid=4F1B2A9E-0C1D-4E2F-8A3B-5C6D7E8F9A0B group=c\n");
	mkdir("/run/libvirt", 0755);
	mkdir("/run/libvirt/qemu", 0755);
	put(STATUS, "<domstatus state='running' pid='1'>\n" DOMAIN(UUID, VSOCK("101")) "</domstatus>\n");
	put("/run/libvirt/qemu/broken.xml", "<domstatus><domain><uuid>");
	expect("vsock apply " CONF, 0, "guest 101: policy none\nguest 101: leave b\nguest 101: join c\n", "");
	unlink("/run/libvirt/qemu/broken.xml");
	unlink(STATUS);
	put(XML, DOMAIN("00000000-0000-0000-0000-000000000000", ""));
	expect("vsock apply -d " XML " " CONF, 0, "", "");
	put(XML, DOMAIN(UUID, ""));
	expect("vsock apply -d " XML " " CONF, 1, "", "vhostctl: domain " UUID ": it has no vsock device with a CID\n");
	put(XML, "no XML");
	expect("vsock apply -d " XML " " CONF, 1, "", "vhostctl: " XML ": no XML of a libvirt domain\n");
	applied("100\n101\n", "guest 100: leave a\nguest 101: leave c\n");
}

/* Its exit status, as libvirt calls it: for a domain with CID 100. */
static int hook(const char *operation)
{
	char command[700];

	put(XML, DOMAIN(UUID, VSOCK("100")));
	snprintf(command, sizeof(command),
		 "d=$(dirname %s); PATH=$d:$PATH RINGSIDE_VSOCK_CONF=" CONF " $d/ringside-vsock web %s begin - <" XML,
		 tool_path, operation);
	return system(command);
}

static void hooks(void)
{
	unlink(CONF);
	report_ok(!hook("started"), "hook: no file, nothing to do");
	put(CONF, "uuid=" UUID " group=a\n101 group=a\n");
	report_ok(!hook("prepare"), "hook: before the start there is no guest");
	expect("vsock list", 0, TABLE "100         -\n101         -\n", "");
	report_ok(!hook("started"), "hook: the guest has started");
	expect("vsock list", 0, TABLE "100         a\n101         -\n", "");
	report_ok(!hook("reconnect"), "hook: once more");
	put(CONF, "uuid=" UUID " group=a pin=5\n");
	report_ok(hook("started") != 0, "hook: a policy that cannot be ends the start");
}

void apply(void)
{
	int a = vsock_device(100), b = vsock_device(101);

	bad_files();
	files();
	policies();
	domains();
	hooks();
	close(a);
	close(b);
	unlink(CONF);
	unlink(XML);
}
