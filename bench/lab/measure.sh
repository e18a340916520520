# shellcheck shell=bash
# measure.sh: what the benchmarks in the lab share; sourced with bash's strict mode on. Set name (of the benchmark and
# its scenario) before.
#   $work         a directory for this run, gone at its end
#   measure HOST ARGUMENT...           run the scenario; leaves its lines in $work/HOST.log
#   measure_counted PLUGIN ARGUMENT... on debian, counting instructions; leaves $work/blocks and $work/share as well

# shellcheck disable=SC2154 # name: see above
work=$(mktemp -d "${TMPDIR:-/tmp}/$name.XXXXXX")
trap 'rm -rf "$work"' EXIT
lab=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../lab" && pwd)

say() { echo "$name: $*" >&2; }

measure() {
	local log=$work/$1.log
	# a busy machine may take its time
	if ! TMO=${TMO:-900} "$lab/run" "$1" "$name" "${@:2}" >"$log" 2>&1; then
		grep -v ^BENCH "$log" | tail -n 30 >&2
		say "$1: the lab's run failed"
		exit 1
	fi
}

measure_counted() {
	mkdir "$work/share"
	local share="-fsdev local,id=bench,path=$work/share,security_model=none -device virtio-9p-pci,fsdev=bench,mount_tag=bench"
	ICOUNT=shift=0 QEMU_MORE="$share -plugin $1,out=$work/blocks" measure debian "${@:2}"
}
