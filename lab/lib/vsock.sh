# shellcheck shell=bash disable=SC2154 # variables of lib/guest.sh
# vsock.sh: guests with a vsock device and the checks that vpeer (lab/src/vpeer) makes with them. Sourced by scenarios.
#
#   vsock_boot NAME CID OPTIONS [QEMU-ARGUMENT...]   boot a guest in the background, wait until it serves. NAME is the
#                                                    first word of its lines in the table; OPTIONS are the device's
#   vsock_boot_doomed ...                            the same for one that will not end by itself
#   vsock_check WHAT CHECK [NUMBER [EXTRA]]          one check with it; its result is a line of the table
#   vsock_restart                                    have it restart, with connections open that must end
#   vsock_launch HOW NAME CID OPTIONS ...            only start QEMU, with the guest stopped; HOW is guest or guest_doomed
#   vsock_runs                                       let it go, wait until it serves
#   vsock_bye                                        end it, wait for that
#   vsock_gone                                       it has ended: wait for that
# A scenario may set vsock_script: verbs that the guest runs before it serves; $vsock there is the device's directory.

. "$LAB/lib/qmp.sh"
vsock_pid=/run/vsock.pid
vsock_script=
vpeer=$LAB_TOOLS/vpeer

vsock_has_packed() {
	offers vsock 34 && return
	result "vsock packed all not-offered"
	[ "$LAB_MODULES" = kernel ] || fail "vhost-vsock does not offer RING_PACKED"
	return 1
}

vsock_boot() { vsock_start guest "$@"; }
vsock_boot_doomed() { vsock_start guest_doomed "$@"; }

# What the guest does: all that is to be checked in it, then serve.
vsock_guest_script() {
	cat <<-END
		vsock=\$(echo /sys/bus/virtio/drivers/vmw_vsock_virtio_transport/virtio*)
		expect_ring \$vsock $vsock_ring
		$vsock_script
		vpeer serve || fail "vpeer serve"
	END
}

vsock_start() {
	vsock_launch "$@" && vsock_runs && return
	fail "$vsock_name: the guest does not serve"
	kill "$(cat $vsock_pid)"
	vsock_gone
	return 1
}

vsock_launch() {
	local how=$1 options=$4
	vsock_name=$2 vsock_cid=$3 vsock_ring=split
	case $options in *packed=on*) vsock_ring=packed;; esac
	shift 4
	qmp_prepare vsock
	say "booting $vsock_name: $options, after $(uptime_s) s"
	# stopped, until it was seen which errors programs get then
	$how "$(vsock_guest_script)" "$@" -device "vhost-vsock-pci,guest-cid=$vsock_cid,$options" \
		-pidfile $vsock_pid -S "${qmp_args[@]}" &
	vsock_guest=$!
	qmp_greeted vsock
}

vsock_runs() { vsock_unreachable && vsock_qmp cont && "$vpeer" "$vsock_cid" wait; }

# 6.12's own module lets them wait until they give up.
vsock_unreachable() { [ "$LAB_MODULES" = kernel ] || vsock_check not-running unreachable; }

# vsock_qmp COMMAND [ARGUMENTS]: have QEMU do it; ARGUMENTS is JSON
vsock_qmp() { qmp vsock "$@" >/dev/null || fail "$vsock_name: $1"; }

# vsock_result WHAT ok|FAILED [VALUE UNIT]
vsock_result() { result "$vsock_name $vsock_ring $*"; }

vsock_check() {
	local what=$1 out
	shift
	if out=$("$vpeer" "$vsock_cid" "$@" 2>&1); then
		vsock_result "$what ok $(tail -n 1 <<<"$out")"
	else
		vsock_result "$what FAILED"
		echo "FAIL $vsock_name $vsock_ring: $what: $out"
		return 1
	fi
}

# In the same QEMU, which ends at a restart otherwise. The kernel's own module resets no connection.
vsock_restart() {
	local error=1
	[ "$LAB_MODULES" = ours ] || error=0
	vsock_qmp set-action '{"reboot": "reset"}'
	vsock_check restart,connections-ended restart $error || timeout 60 "$vpeer" "$vsock_cid" wait
	vsock_qmp set-action '{"reboot": "shutdown"}'
}

vsock_bye() {
	"$vpeer" "$vsock_cid" bye || kill "$(cat $vsock_pid)"
	vsock_gone
}

vsock_gone() {
	wait "$vsock_guest"
	qmp_end vsock
}
