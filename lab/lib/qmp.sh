# shellcheck shell=bash disable=SC2034 # scenarios read qmp_args
# qmp.sh: talks to the QEMU of a guest, over a pair of pipes. A VM is a name of the scenario's choosing.
#
#   qmp_prepare VM                 before its QEMU starts, which gets the arguments "${qmp_args[@]}"
#   qmp_greeted VM                 once it has started: before the first command
#   qmp VM COMMAND [ARGUMENTS]     print the reply, one line of JSON; ARGUMENTS is a JSON object. Fails on an error
#   qmp_number KEY                 the number under KEY in the line of JSON on standard input
#   qmp_status_is VM STATUS        running, paused ...
#   qmp_migration_is VM STATUS     active, completed, failed ...
#   qmp_save VM FILE               stop the guest and migrate it to a file
#   qmp_load VM FILE               the way back, into a QEMU with "-incoming defer". Fails when it does not take the guest
#   qmp_quit VM                    have its QEMU end
#   qmp_end VM                     after its QEMU ended

declare -A qmp_to qmp_from
qmp_args=()
qmp_patience=60

qmp_prepare() {
	local pipe=/run/qmp.$1 to from
	mkfifo "$pipe.in" "$pipe.out" || fail "qmp: $pipe"
	# open in both directions: otherwise each side would wait for the other here
	exec {to}<>"$pipe.in" {from}<>"$pipe.out"
	qmp_to[$1]=$to qmp_from[$1]=$from
	qmp_args=(-chardev "pipe,id=qmp,path=$pipe" -mon "chardev=qmp,mode=control")
}

# qmp_line VM KEY: the next line that begins with a KEY (a regular expression); events between are not for us
qmp_line() {
	local line
	while read -r -t "$qmp_patience" -u "${qmp_from[$1]}" line; do
		line=${line%$'\r'}
		[[ $line =~ ^\{\"($2)\" ]] && echo "$line" && return
	done
	echo "qmp: $1 does not reply" >&2
	return 1
}

qmp_greeted() {
	qmp_line "$1" QMP >/dev/null && qmp "$1" qmp_capabilities >/dev/null
}

qmp() {
	local line arguments=
	[ -z "${3:-}" ] || arguments=", \"arguments\": $3"
	echo "{\"execute\": \"$2\"$arguments}" >&"${qmp_to[$1]}"
	line=$(qmp_line "$1" "return|error") || return
	echo "$line"
	[[ $line = '{"return"'* ]] || { echo "qmp: $1 $2: $line" >&2; return 1; }
}

qmp_number() { sed -n "s/.*\"$1\": \([0-9]*\).*/\1/p"; }

qmp_status_is() { qmp "$1" query-status | grep -q "\"status\": \"$2\""; }
qmp_migration_is() { qmp "$1" query-migrate | grep -qE "\"status\": \"($2)\""; }

qmp_save() {
	qmp "$1" stop >/dev/null && qmp "$1" migrate "{\"uri\": \"file:$2\"}" >/dev/null || return
	await "$qmp_patience" qmp_migration_is "$1" completed
}

# A QEMU that ends on failure says the reason to nobody.
qmp_load() {
	qmp "$1" migrate-incoming "{\"uri\": \"file:$2\", \"exit-on-error\": false}" >/dev/null || return
	await "$qmp_patience" qmp_migration_is "$1" "completed|failed" || return
	qmp_migration_is "$1" completed || { qmp "$1" query-migrate >&2; return 1; }
}

qmp_quit() { qmp "$1" quit >/dev/null; }

qmp_end() {
	local to=${qmp_to[$1]} from=${qmp_from[$1]}
	exec {to}>&- {from}>&-
	unset "qmp_to[$1]" "qmp_from[$1]"
	rm -f "/run/qmp.$1.in" "/run/qmp.$1.out"
}
