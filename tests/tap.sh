# shellcheck shell=bash disable=SC2034 # bad is read by those that source it
# tap.sh: what test scripts share: check a command, print its result as TAP. Sourced; the script ends with "exit $bad".
set -u
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
bad=0 n=0

# check WHAT COMMAND...: "ok" when COMMAND ends with 0; otherwise "not ok", with what it printed
check() {
	local what=$1
	shift
	n=$((n + 1))
	if "$@" >"$work/log" 2>&1; then
		echo "ok $n - $what"
	else
		echo "not ok $n - $what"
		sed 's/^/# /' "$work/log"
		bad=1
	fi
}

# finds_none COMMAND...: COMMAND prints nothing; what it printed is what is wrong
finds_none() { [ -z "$("$@" | tee /dev/stderr)" ]; }

# skip WHAT WHY
skip() {
	n=$((n + 1))
	echo "ok $n - $1 # SKIP $2"
}
