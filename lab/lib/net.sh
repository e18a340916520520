# shellcheck shell=bash
# net.sh: network devices inside the host kernel.

# tap_up NAME ADDRESS/LEN [multi_queue]: a tap device with this address, up
tap_up() {
	load tun
	{ ip tuntap add dev "$1" mode tap ${3:+"$3"} && ip addr add "$2" dev "$1" && ip link set "$1" up; } || fail "tap $1"
}
