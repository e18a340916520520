# shellcheck shell=dash
# lib.sh: the verbs of guest scripts (busybox sh). A verb that fails prints FAIL and spoils the guest's pass.

# shellcheck disable=SC2034 # init reads it
failed=
say() { echo "$*"; }
fail() { echo "FAIL $*"; failed=1; }
# result DEVICE RING CHECK VERDICT [VALUE UNIT]: one line of the scenario's table
result() { echo "RESULT $*"; }
uptime_s() { cut -d' ' -f1 /proc/uptime; }

# iface_of MAC: name of the network interface with this address
iface_of() {
	local i
	for i in /sys/class/net/*; do
		[ "$(cat "$i/address")" = "$1" ] && echo "${i##*/}"
	done
}

# feature DIR BIT: 1 when the virtio device under sysfs DIR has negotiated feature BIT, else 0
feature() { cut -c$(($2 + 1)) "$1/features"; }

# ring_of DIR: ring format that the virtio device under sysfs DIR runs with
ring_of() { if [ "$(feature "$1" 34)" = 1 ]; then echo packed; else echo split; fi; }

# expect_ring DIR RING: the device must run with that format
expect_ring() { [ "$(ring_of "$1")" = "$2" ] || fail "$1 runs a $(ring_of "$1") ring, not $2"; }

# expect_feature DIR BIT 0|1: the device must have negotiated it, or not
expect_feature() { [ "$(feature "$1" "$2")" = "$3" ] || fail "$1: feature $2 is not $3"; }

# expect_iommu DIR 0|1: the PCI device of virtio device DIR must be behind an IOMMU, or not
expect_iommu() {
	local have=0
	[ -e "$(readlink -f "$1/..")/iommu_group" ] && [ -n "$(ls /sys/class/iommu)" ] && have=1
	[ $have = "$2" ] || fail "$1: behind an IOMMU is $have, not $2"
}

# check_ping DEVICE RING ADDR
check_ping() {
	ping -c 3 -i 0.2 -w 20 -q "$3" >/dev/null || fail "$1 $2: no ping to $3"
}

# check_send DEVICE RING FAMILY ADDR PORT KBYTES: guest to host; the rate is for the host to say
check_send() {
	local out
	out=$(xfer send "$3" "$4" "$5" "$6" 2>&1) || fail "$1 $2: $3 to $4:$5: $out"
}

# serve DEVICE FAMILY PORT: receive in the background, host to guest; served waits for all of them
servers=
serve() { xfer recv "$2" "$3" & servers="$servers $!:$1"; }
served() {
	local s
	for s in $servers; do
		wait "${s%%:*}" || fail "${s#*:}: receiving failed"
	done
	servers=
}

# obey: run the lines that the host types at the console (see nic.sh there), until "bye"; the host waits for what is said
obey() {
	local line n=0
	stty -echo
	say "obeying"
	while read -r line && [ "$line" != bye ]; do
		eval "$line"
		n=$((n + 1))
		say "obeyed $n"
	done
}
