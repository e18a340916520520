# shellcheck shell=bash
# guest.sh: boots the guest (L2) inside the host kernel, under QEMU. A q35 machine with PCI, qboot and a PVH kernel:
# the fastest way to virtio-pci with MSI-X.

# keeps a guest that hangs from hanging the host; lab/verdict sees that its marker is missing.
guest_timeout=${LAB_GUEST_TIMEOUT:-300}

# guest SCRIPT [QEMU-ARGUMENT...]: boot, run SCRIPT (busybox sh with the verbs of guest/lib.sh) in the guest, wait
# until it powers off. Each line that the guest prints comes out with "guest| " before it.
# guest_files: a directory laid over the guest's root. guest_input: what its console reads. guest_machine, guest_memory, guest_append: what they say.
# guest_under: a command that runs QEMU, as strace does.
guest() {
	local rc=0
	echo LAB-GUEST-BOOT
	guest_doomed "$@" || rc=$?
	[ "$rc" -eq 0 ] || fail "guest: QEMU ended with $rc"
	return "$rc"
}

# guest_doomed SCRIPT [QEMU-ARGUMENT...]: the same with a guest that will be killed and cannot say how it went
guest_doomed() {
	local script=$1 dir rc q=$LAB_QEMU/usr
	shift
	dir=$(mktemp -d /run/guest.XXXXXX)
	mkdir "$dir/files"
	[ -z "${guest_files:-}" ] || cp -a "$guest_files/." "$dir/files/"
	printf '%s\n' "$script" >"$dir/files/run.sh"
	# a second archive behind the first is laid over it
	{ cat "$LAB_GUEST_INITRD"; (cd "$dir/files" && find . | cpio -o -H newc -R 0:0 --quiet); } >"$dir/initrd"
	# shellcheck disable=SC2086 # a command and its arguments
	timeout -k 5 "$guest_timeout" ${guest_under:-} "$q/bin/qemu-system-x86_64" -L "$q/share/qemu" -L "$q/share/seabios" \
		-M "${guest_machine:-q35}" -accel tcg -cpu qemu64 -smp 1 -m "${guest_memory:-128}" \
		-nodefaults -no-user-config -display none -no-reboot -serial stdio -bios "$q/share/qemu/qboot.rom" \
		-kernel "$LAB_GUEST_KERNEL" -initrd "$dir/initrd" \
		-append "console=ttyS0 quiet panic=-1 reboot=t nokaslr no_timer_check tsc=reliable lpj=1000000 ${guest_append:-acpi=off}" \
		-global virtio-net-pci.romfile= "$@" <"${guest_input:-/dev/null}" 2>&1 | sed -u 's/\r//g; s/^/guest| /'
	rc=${PIPESTATUS[0]}
	rm -r "$dir"
	return "$rc"
}

# add_program COMMAND: this machine's, and its libraries, into guest_files
add_program() {
	local path lib
	path=$(readlink -f "$(command -v "$1")") || fail "no $1"
	mkdir -p "$guest_files/bin"
	cp "$path" "$guest_files/bin/$1"
	for lib in $(ldd "$path" | grep -o '/[^ ]*'); do
		mkdir -p "$guest_files/$(dirname "$lib")"
		cp -L "$lib" "$guest_files/$lib"
	done
}
