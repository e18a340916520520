# shellcheck shell=bash
# modules.sh: loading and unloading inside the host kernel. "ours" are the .ko files in $LAB_MODDIR; everything else,
# and everything with MODULES=kernel, comes from the host kernel's own tree under $LAB_KROOT.

loaded() { [ -e "/sys/module/$1" ]; }
remember_loaded() { lab_loaded_before=$(cut -d' ' -f1 /proc/modules); }
from_kernel() { modprobe -d "$LAB_KROOT" -a "$@" || fail "modprobe $*"; }

# load NAME...: in the order given; what a module of ours needs is loaded first. A parameter is set by "NAME p=v" as
# one word.
load() {
	local m name ko dep
	for m; do
		name=${m%% *}
		ko=$LAB_MODDIR/$name.ko
		loaded "$name" && continue
		if [ "$LAB_MODULES" = ours ] && [ -e "$ko" ]; then
			for dep in $(modinfo -F depends "$ko" | tr ',' ' '); do load "$dep"; done
			# shellcheck disable=SC2086 # parameters are words
			insmod "$ko" ${m#"$name"} || fail "insmod $name"
		elif [ "$LAB_MODULES" = ours ] && [[ $name =~ ^vhost(_net|_scsi|_vsock|_vdpa)?$ ]]; then
			fail "there is no $name.ko of ours"
		else
			# shellcheck disable=SC2086
			modprobe -d "$LAB_KROOT" $m || fail "modprobe $m"
		fi
	done
}

# origin NAME: ours or kernel, as the running kernel sees it
origin() { if grep -q O "/sys/module/$1/taint"; then echo ours; else echo kernel; fi; }

# offers net|vsock BIT: does /dev/vhost-net, or /dev/vhost-vsock, offer this feature?
offers() { [ $(($("$LAB_TOOLS/vhost-features" "/dev/vhost-$1") >> $2 & 1)) = 1 ]; }

# The kernel's own vhost_vsock is held by sockets that lost their guest, for 8 s. Ours must be free at once.
await_unused() {
	local end=$((SECONDS + 10))
	[ "$(origin "$1")" = kernel ] || return
	until [ "$(cat "/sys/module/$1/refcnt")" = 0 ] || [ $SECONDS -gt $end ]; do sleep 0.5; done
}

unload_vhost() {
	local m
	for m in ringside_test_parent ringside_test_async ringside_test_norings vdpa_sim_blk vdpa_sim_net vdpa_sim vduse vdpa_blk vhost_net vhost_scsi vhost_vsock vhost_vdpa vhost vringh vhost_iotlb; do
		loaded $m || continue
		say "unloading $m ($(origin $m))"
		await_unused $m
		rmmod $m || fail "rmmod $m"
	done
}

# swap_to ours|kernel DEVICE-MODULE: unload what there is of vhost, load this one from there
swap_to() {
	local m
	unload_vhost
	LAB_MODULES=$1
	load "$2"
	for m in "$2" vhost; do [ "$(origin "$m")" = "$1" ] || fail "$m is not $1"; done
}

# The vhost modules must go; for the rest it is tidying up, so that kmemleak sees only what stays behind.
unload_all() {
	local m users again=1
	unload_vhost
	while [ -n "$again" ]; do
		again=
		while read -r m _ users _; do
			[ "$users" = 0 ] || continue
			grep -qx "$m" <<<"$lab_loaded_before" || { rmmod "$m" 2>/dev/null && again=1; }
		done <<<"$(cat /proc/modules)"
	done
}
