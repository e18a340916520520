# shellcheck shell=bash disable=SC2154,SC2034 # variables of lib/guest.sh and lib/qmp.sh, and for scenarios
# nic.sh: guests with a virtio-net-pci on vhost_net, and checked TCP with them. Sourced by scenarios.
#
#   nic_up, nic_down                 make the tap, remove it; nic_tap_kind: empty, or multi_queue
#   nic_boot NAME RING NETDEV DEVICE [QEMU-ARGUMENT...]   boot a guest in the background, wait until it obeys; NAME is for
#                                    its lines in the table; NETDEV and DEVICE are more options of QEMU's, or empty
#   nic_boot_doomed ...              the same for one that will be killed
#   nic_launch VM HOW ...            only start a QEMU; HOW is guest or guest_doomed, the rest is that of nic_boot
#   nic_ready                        the guest has come up, for the first time or again: wait for that
#   nic_do LINE                      have it run LINE (sh, with the verbs of guest/lib.sh; $i is the interface, $d its
#                                    device under sysfs), wait for that. nic_tell LINE does not wait, nic_done does
#   nic_traffic WHAT [STREAMS]       $nic_kbytes each way at once, in each of the streams; a line of the table each way
#   nic_load, nic_load_ends WHAT     the same for as long as it is wanted; nic_load_lost: it cannot end well
#   nic_flows BYTES                  wait until so many more have come and gone
#   nic_bye                          end the guest, wait for that
#   nic_restarts COMMAND...          the guest restarts in the same QEMU, by that command: wait until it is back. nic_reset
#                                    is one, by QEMU
#   nic_kill VM                      kill its QEMU with SIGKILL, wait for that
#   nic_gone VM                      its QEMU has ended: wait for that
#   nic_rings                        the ring formats that there are. What the kernel's own does not offer is no failure
#   nic_verify WHAT CONDITION...     a line of the table, and a failure if it is not so
#   nic_skipped NAME REASON          a line of the table
#   nic_free                         nobody uses the module
# The guest has the address $nic_guest, the host $nic_host, on the tap $nic_tap. The guest reads its orders from the console,
# which needs no network. nic_verbs: what it runs first, each time it comes up; nic_find: what prints the interface's name.
# Besides those of guest/lib.sh the guest has the verbs nic_up, for a NIC that is new, and forget_load.

. "$LAB/lib/qmp.sh"
nic_tap=tap0 nic_mac=52:54:00:00:00:01 nic_host=10.0.0.1 nic_guest=10.0.0.2
nic_port=5001 nic_load_port=6001
nic_kbytes=4096
nic_tap_kind=
nic_endless=100000000	# KiB
nic_patience=60
nic_verbs=
nic_find="iface_of $nic_mac"
nic_name='' nic_ring='split'
nic_dir=/run/nic
nic_log=$nic_dir/log
nic_orders=0
declare -A nic_input nic_job
mkdir -p $nic_dir

# nic_knows DEVICE: the host need not ask for the guest's address. It would while there is no guest, for connections of the one
# before, give up, and lose what it sends to the next.
nic_knows() { ip neigh replace $nic_guest lladdr $nic_mac dev "$1" nud permanent || fail "neighbour"; }

nic_up() { tap_up $nic_tap $nic_host/24 "$nic_tap_kind" && nic_knows $nic_tap; }
nic_down() { ip link del $nic_tap; }

# nic_result WHAT ok|FAILED [VALUE UNIT]
nic_result() { result "net,$nic_name $nic_ring $*"; }
nic_verify() {
	local what=$1
	shift
	if "$@"; then
		nic_result "$what ok"
	else
		nic_result "$what FAILED"
		fail "net,$nic_name $nic_ring: $what"
	fi
}
nic_skipped() { result "net,$1 - skipped no $2"; }

nic_rings() {
	if offers net 34; then
		echo split packed
	else
		[ "$LAB_MODULES" = kernel ] || fail "vhost-net does not offer RING_PACKED" >&2
		echo split
	fi
}

nic_ring_option() { if [ "$1" = packed ]; then echo ,packed=on; else echo ,packed=off; fi; }

nic_script() {
	cat <<-END
		load=
		nic_up() {
			i=\$($nic_find)
			d=/sys/class/net/\$i/device
			[ -n "\$i" ] || fail "there is no NIC"
			ifconfig \$i $nic_guest up
			# until then the guest itself drops what it sends
			local n=0
			until [ "\$(cat /sys/class/net/\$i/operstate)" = up ] || [ \$n = 100 ]; do usleep 30000; n=\$((n + 1)); done
			ping -c 1 -w 10 -q $nic_host >/dev/null || fail "no ping"
			expect_ring \$d $nic_ring
			say "features \$(cat \$d/features)"
		}
		forget_load() {
			kill -9 \$load
			for s in \$servers; do kill -9 \${s%%:*}; done
			servers= load=
		}
		nic_up
		$nic_verbs
		obey
	END
}

nic_launch() {
	local vm=$1 how=$2 netdev=$5 device=$6 input
	nic_name=$3 nic_ring=$4
	shift 6
	say "booting net,$nic_name $nic_ring: ${netdev#,} ${device#,} $*, after $(uptime_s) s"
	qmp_prepare "$vm"
	mkfifo "$nic_dir/$vm"
	# in both directions: otherwise QEMU would see an end, or wait for somebody
	exec {input}<>"$nic_dir/$vm"
	nic_input[$vm]=$input
	# what else there is comes first: the NIC may be on its bus
	guest_input=$nic_dir/$vm $how "$(nic_script)" "$@" \
		-netdev "tap,id=n,ifname=$nic_tap,script=no,downscript=no,vhost=on$netdev" \
		-device "virtio-net-pci,id=nic,netdev=n,mac=$nic_mac$(nic_ring_option "$nic_ring")$device" \
		-pidfile "$nic_dir/$vm.pid" "${qmp_args[@]}" | tee -a $nic_log &
	nic_job[$vm]=$!
	qmp_greeted "$vm" || { fail "net,$nic_name: QEMU does not start"; return 1; }
}

nic_boot() { nic_start guest "$@"; }
nic_boot_doomed() { nic_start guest_doomed "$@"; }

nic_start() {
	nic_vm=vm
	nic_forget
	nic_launch vm "$@" && nic_ready && return
	nic_kill vm
	return 1
}

nic_said() { grep -q "^guest| $1\$" $nic_log; }

nic_ready() {
	nic_orders=0
	await $nic_patience nic_said obeying
}

# Of what it said so far nothing counts any more.
nic_forget() { : >$nic_log; }

# QEMU ends at a restart otherwise.
nic_restarts() {
	qmp "$nic_vm" set-action '{"reboot": "reset"}' >/dev/null || fail "set-action"
	nic_forget
	"$@" || fail "$*"
	nic_ready && qmp "$nic_vm" set-action '{"reboot": "shutdown"}' >/dev/null
}
nic_reset() { qmp "$nic_vm" system_reset >/dev/null; }

nic_tell() { echo "$*" >&"${nic_input[$nic_vm]}"; nic_orders=$((nic_orders + 1)); }
nic_done() { await $nic_patience nic_said "obeyed $nic_orders"; }
nic_do() { nic_tell "$@" && nic_done; }

# nic_verdict STATUS WHAT FILE...: what xfer printed into them; their rates are added up
nic_verdict() {
	local rc=$1 what=$2
	shift 2
	if [ "$rc" = 0 ]; then
		nic_result "$what ok $(awk '/^SUM-OK/ { s += $2 } END { print s, "KiB/s" }' "$@")"
	else
		nic_result "$what FAILED"
		fail "net,$nic_name $nic_ring: $what: $(cat "$@")"
	fi
	return "$rc"
}

# nic_wait PID...: fails if one of them failed
nic_wait() {
	local p rc=0
	for p; do wait "$p" || rc=1; done
	return $rc
}

nic_traffic() {
	local what=$1 last=$((nic_port + ${2:-1} - 1)) receivers=() senders=() p rc=0
	rm -f $nic_dir/from.* $nic_dir/to.*
	for ((p = nic_port; p <= last; p++)); do
		timeout $nic_patience "$LAB_TOOLS/xfer" recv tcp $p >$nic_dir/from.$p 2>&1 &
		receivers+=($!)
	done
	# those of the load go on
	nic_tell "kept=\$servers; servers=; for p in \$(seq $nic_port $last); do serve net tcp \$p; done;" \
		"pids=; for p in \$(seq $nic_port $last); do check_send net $nic_ring tcp $nic_host \$p $nic_kbytes & pids=\"\$pids \$!\"; done;" \
		"wait \$pids; served; servers=\$kept"
	for ((p = nic_port; p <= last; p++)); do
		timeout $nic_patience "$LAB_TOOLS/xfer" send tcp $nic_guest $p $nic_kbytes >$nic_dir/to.$p 2>&1 &
		senders+=($!)
	done
	nic_wait "${receivers[@]}"
	nic_verdict $? "$what,tcp,guest-to-host" $nic_dir/from.* || rc=1
	nic_wait "${senders[@]}"
	nic_verdict $? "$what,tcp,host-to-guest" $nic_dir/to.* || rc=1
	nic_done || rc=1
	return $rc
}

# nic_more_than STATISTIC BYTES: of the tap; rx is what came from the guest
nic_bytes() { cat "/sys/class/net/$nic_tap/statistics/$1"; }
nic_more_than() { [ "$(nic_bytes "$1")" -gt "$2" ]; }

# The load flows on: so many bytes more, both ways
nic_flows() {
	local rx tx
	rx=$(nic_bytes rx_bytes) tx=$(nic_bytes tx_bytes)
	await $nic_patience nic_more_than rx_bytes $((rx + $1)) && await $nic_patience nic_more_than tx_bytes $((tx + $1))
}

nic_load() {
	"$LAB_TOOLS/xfer" recv tcp $nic_load_port >$nic_dir/load.from 2>&1 &
	nic_load_receiver=$!
	nic_do "serve net tcp $((nic_load_port + 1)); xfer send tcp $nic_host $nic_load_port $nic_endless >/tmp/load 2>&1 & load=\$!"
	"$LAB_TOOLS/xfer" send tcp $nic_guest $((nic_load_port + 1)) $nic_endless >$nic_dir/load.to 2>&1 &
	nic_load_sender=$!
	nic_flows 1000000
}

# What was sent until now must have come, all of it, and in order.
nic_load_ends() {
	local rc=0
	nic_tell "kill \$load; wait \$load || fail \"the load: \$(cat /tmp/load)\"; served"
	nic_wait "$nic_load_receiver"
	nic_verdict $? "$1,load,guest-to-host" $nic_dir/load.from || rc=1
	kill "$nic_load_sender"
	nic_wait "$nic_load_sender"
	nic_verdict $? "$1,load,host-to-guest" $nic_dir/load.to || rc=1
	nic_done || rc=1
	return $rc
}

# The guest forgot its ends of the connections.
nic_load_lost() {
	kill -9 "$nic_load_receiver" "$nic_load_sender"
	wait "$nic_load_receiver" "$nic_load_sender" 2>/dev/null
}

nic_gone() {
	local input=${nic_input[$1]}
	wait "${nic_job[$1]}"
	qmp_end "$1"
	exec {input}>&-
	unset "nic_input[$1]" "nic_job[$1]"
	rm -f "$nic_dir/$1" "$nic_dir/$1.pid"
}

nic_bye() {
	echo bye >&"${nic_input[$nic_vm]}"
	nic_gone "$nic_vm"
}

nic_kill() {
	kill -9 "$(cat "$nic_dir/$1.pid")"
	nic_gone "$1"
}

nic_free() { [ "$(cat /sys/module/vhost_net/refcnt)" = 0 ]; }
