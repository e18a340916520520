# shellcheck shell=bash
# frame.sh: runs one scenario inside the host kernel (L1), as root, and closes it whatever happens: unload the
# modules, look for leaks, hand over the kernel's log, print the marker. The init of the host starts it with the run's directory.
#
# A scenario is sourced, with its arguments in $@. It uses the functions of this folder, says fail for what is wrong
# and ends with passed. LAB-PASS is printed when it did so, nothing failed and all could be unloaded.

set -u
set -a # tests may ask what they run on
. "$1/env"
set +a
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C
. "$LAB/lib/modules.sh"
. "$LAB/lib/net.sh"
. "$LAB/lib/guest.sh"
cd "${LAB%/*}" || exit 1

lab_failed=
lab_passed=
say() { echo "$*"; }
fail() { echo "FAIL $*"; lab_failed=1; }
passed() { lab_passed=1; }
# result DEVICE RING CHECK VERDICT [VALUE UNIT]: one line of the scenario's table
result() { echo "RESULT $*"; }
uptime_s() { cut -d' ' -f1 /proc/uptime; }

# await SECONDS COMMAND...: wait for it to succeed
await() {
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		[ $SECONDS -lt $end ] || { fail "no end of the wait for: $*"; return 1; }
		sleep 0.1
	done
}

leaks=/sys/kernel/debug/kmemleak
# What boot left unreferenced is not the modules' doing.
forget_leaks() { [ -e $leaks ] && echo scan >$leaks && echo clear >$leaks; }
# kmemleak reports only what is older than 5 s and still unreferenced in a second look.
find_leaks() {
	[ -e $leaks ] || return
	sleep 6
	echo scan >$leaks
	echo scan >$leaks
	cat $leaks >/run/leaks
	[ ! -s /run/leaks ] && say "kmemleak: nothing leaked" && return
	cat /run/leaks
	fail "kmemleak: $(grep -c '^unreferenced object' /run/leaks) objects leaked"
}

finish() {
	trap - EXIT
	unload_all
	find_leaks
	[ -n "$lab_passed" ] || fail "the scenario did not reach its end"
	say "finished after $(uptime_s) s"
	# the kernel's own console is a file of its own; the whole log follows there once more, in one piece
	dmesg --color=never >"$LAB_KERNEL_CONSOLE"
	[ -n "$lab_failed" ] || echo "LAB-PASS $LAB_SCENARIO"
}

ip link set lo up
mountpoint -q /sys/kernel/debug || mount -t debugfs debugfs /sys/kernel/debug
forget_leaks
remember_loaded
say "host $LAB_HOST, kernel $(uname -r), $(nproc) CPU(s), $LAB_MODULES modules, up after $(uptime_s) s"
trap finish EXIT
# shellcheck disable=SC2086 # words of their own, quoted where they were written
eval set -- $LAB_ARGS
# shellcheck source=/dev/null
. "$LAB/scenarios/$LAB_SCENARIO"
