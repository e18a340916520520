// SPDX-License-Identifier: GPL-2.0-only
/*
 * kexec KERNEL INITRD COMMAND-LINE: start another kernel at once, without telling any program of this one: devices stay
 * as they are, but for what the kernel itself does to them. KERNEL is a bzImage.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <linux/reboot.h>

#include "lib/program.h"

static int open_file(const char *name)
{
	int fd = open(name, O_RDONLY);

	if (fd < 0)
		die("%s: %m", name);
	return fd;
}

int main(int argc, char **argv)
{
	if (argc != 4) {
		fprintf(stderr, "usage: kexec KERNEL INITRD COMMAND-LINE\n");
		return 2;
	}
	if (syscall(SYS_kexec_file_load, open_file(argv[1]), open_file(argv[2]), strlen(argv[3]) + 1, argv[3], 0UL))
		die("kexec_file_load: %m");
	reboot(LINUX_REBOOT_CMD_KEXEC);
	die("reboot: %m");
}
