# shellcheck shell=bash
# bench.sh: what scenarios of benchmarks share, which measure our modules and the kernel's own in turns; they source it.

bench_share=/run/bench

# open_share: mount the writable 9p share "bench" where the host has one
open_share() {
	mkdir $bench_share
	modprobe -q -d "$LAB_KROOT" 9pnet_virtio
	mount -t 9p -o trans=virtio bench $bench_share 2>/dev/null || rmdir $bench_share
}
close_share() { [ ! -d $bench_share ] || umount $bench_share; }

# symbols NAME: of all code, as it lies now, into the share
symbols() {
	[ -d $bench_share ] || return
	awk '$2 ~ /^[tTwW]$/ { print $1, $3, $4 }' /proc/kallsyms >"$bench_share/symbols.$1"
}

# in_turns PAIRS: call measure PAIR WHO for both; they take turns in who begins as well
in_turns() {
	local pair who
	for ((pair = 1; pair <= $1; pair++)); do
		if ((pair % 2)); then set -- "$1" kernel ours; else set -- "$1" ours kernel; fi
		for who in "$2" "$3"; do measure $pair "$who"; done
	done
}
