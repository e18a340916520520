# shellcheck shell=bash
# common.sh: what the lab's outer scripts share: the cache, its locks, progress lines.
# Sourced by the scripts of this folder that run on the machine; not by anything that runs inside a host kernel.
#
# A cache entry is a directory $cache/NAME-KEY. It is made under a lock and is complete once it holds the file
# .complete; an entry without it is the rest of an interrupted build and is made again from nothing. Entries are
# built where they stay, because kernel build trees hold absolute paths; nobody looks into one before the stamp.

set -euo pipefail
lab=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export tree=${lab%/*}
cache=${XDG_CACHE_HOME:-$HOME/.cache}/ringside
mkdir -p "$cache/lock" "$cache/log" "$cache/run"

say() { echo "lab: $*" >&2; }
die() { echo "lab: $*" >&2; exit 1; }

# key_of FILE-OR-STRING...: twelve hex digits made from the contents of the files and the strings themselves.
key_of() {
	local a
	for a; do if [ -f "$a" ]; then cat "$a"; else echo "$a"; fi; done | sha256sum | cut -c1-12
}

# entry NAME MAKER ARG...: print the path of the cache entry NAME; when it is not there, make it first by calling
# MAKER ARG... in the fresh directory. Whoever comes second waits for the first and uses its work.
entry() {
	local dir=$cache/$1 lock=$cache/lock/$1 fd rc
	shift
	if [ ! -e "$dir/.complete" ]; then
		exec {fd}>"$lock"
		flock -n "$fd" || { say "waiting for another run that makes ${dir##*/}"; flock "$fd"; }
		if [ ! -e "$dir/.complete" ]; then
			rm -rf "$dir"
			mkdir -p "$dir"
			# {fd} is closed for the maker: a child that outlives it must not hold the lock.
			# The subshell stands alone, not before "||", or set -e would not hold in it.
			set +e
			(set -e; cd "$dir"; "$@") >&2 {fd}>&-
			rc=$?
			set -e
			[ "$rc" -eq 0 ] || die "making ${dir##*/} failed"
			touch "$dir/.complete"
		fi
		exec {fd}>&-
	fi
	touch "$dir/.complete" # prune goes by its date
	echo "$dir"
}

# progress LABEL EXPECTED-SECONDS COMMAND...: run COMMAND in the current directory with its output in a log file and
# say every 10 s how far it is; on failure show the end of the log.
progress() {
	local label=$1 expect=$2 log start now pid next=10 rc=0
	shift 2
	log=$(mktemp "$cache/log/XXXXXX")
	start=$(date +%s)
	say "$label: started, about $expect s on two idle cores"
	"$@" >"$log" 2>&1 </dev/null &
	pid=$!
	# a background child ignores Ctrl-C: take it along
	trap 'kill "$pid" 2>/dev/null; rm -f "$log"; exit 130' INT TERM
	while kill -0 "$pid" 2>/dev/null; do
		sleep 1
		now=$(($(date +%s) - start))
		if [ "$now" -ge "$next" ]; then
			say "$label: $now s of about $expect, $(find . -name '*.o' 2>/dev/null | wc -l) objects, $(du -sm . 2>/dev/null | cut -f1) MB"
			next=$((now + 10))
		fi
	done
	wait "$pid" || rc=$?
	trap - INT TERM
	if [ "$rc" -ne 0 ]; then
		tail -n 40 "$log" >&2
		say "$label: failed ($rc)"
	else
		say "$label: done in $(($(date +%s) - start)) s"
	fi
	rm -f "$log"
	return "$rc"
}

jobs_wanted() { echo "${JOBS:-$(nproc)}"; }
