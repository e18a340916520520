# shellcheck shell=bash disable=SC2034,SC2231 # variables for scenarios; paths have no spaces
# scsi.sh: SCSI targets of LIO inside the host kernel, and guests with a vhost-scsi device. Sourced by scenarios.
#
#   scsi_up                              load the modules, make the fabric
#   scsi_ramdisk NAME MEBIBYTES          backstores; $scsi_store is then their name for scsi_lun
#   scsi_file NAME MEBIBYTES [BLOCK]     (on /run/scsi.NAME; BLOCK: bytes of a block)
#   scsi_block NAME NODE
#   scsi_target WWN                      a TPG with a nexus; WWN is "1", "2" ...: the rest of the name is scsi_wwn's
#   scsi_lun WWN LUN STORE               link a LUN; scsi_lun_gone WWN LUN
#   scsi_down                            remove all of that
#   scsi_device WWN RING [OPTIONS]       the argument of QEMU's -device
#   scsi_packed                          is "packed" to be tried: what the kernel's own does not offer is no failure
#   scsi_verbs                           verbs for a guest's script: disk WWN LUN, expect_scsi_ring WWN RING
# A device lies at the PCI address 0x10 + WWN, so that a guest with two of them can tell which is which.

scsi_config=/sys/kernel/config/target
scsi_hba=0
scsi_store=
scsi_tag=1	# of the TPG: the target's number for the guest

# As rtslib writes them, with 16 digits.
scsi_wwn() { printf 'naa.50014050000000%02x' "$1"; }
scsi_tpg() { echo "$scsi_config/vhost/$(scsi_wwn "$1")/tpgt_$scsi_tag"; }

scsi_up() {
	load target_core_mod target_core_file target_core_iblock vhost_scsi
	mountpoint -q /sys/kernel/config || mount -t configfs none /sys/kernel/config || fail "configfs"
	mkdir -p $scsi_config/vhost || fail "no fabric"
}

# scsi_backstore KIND NAME CONTROL [ATTRIBUTE=VALUE...]
scsi_backstore() {
	local dir=$scsi_config/core/$1_$scsi_hba/$2 a
	scsi_hba=$((scsi_hba + 1))
	{ mkdir -p "$dir" && echo -n "$3" >"$dir/control"; } || fail "backstore $2"
	echo -n "$2" >"$dir/wwn/vpd_unit_serial"
	echo 1 >"$dir/enable" || fail "backstore $2 of $1"
	shift 3
	for a; do echo -n "${a#*=}" >"$dir/attrib/${a%%=*}" || fail "$a"; done
	scsi_store=$dir
}

scsi_ramdisk() { scsi_backstore rd_mcp "$1" "rd_pages=$(($2 * 256))"; }

scsi_file() {
	truncate -s "$2M" "/run/scsi.$1"
	scsi_backstore fileio "$1" "fd_dev_name=/run/scsi.$1,fd_dev_size=$(($2 << 20))" ${3:+block_size=$3}
}

scsi_block() { scsi_backstore iblock "$1" "udev_path=$2"; }

scsi_target() {
	local tpg
	tpg=$(scsi_tpg "$1")
	{ mkdir -p "$tpg" && scsi_wwn "$1" >"$tpg/nexus"; } || fail "target $1"
}

scsi_lun() {
	local dir
	dir=$(scsi_tpg "$1")/lun/lun_$2
	{ mkdir "$dir" && ln -s "$3" "$dir/${3##*/}"; } || fail "LUN $2 of target $1"
}

scsi_lun_gone() {
	local dir
	dir=$(scsi_tpg "$1")/lun/lun_$2
	{ find "$dir" -maxdepth 1 -type l -exec rm {} + && rmdir "$dir"; } || fail "LUN $2 of target $1 stays"
}

scsi_stores_gone() {
	local d
	for d in $scsi_config/core/*/*/; do [ ! -e "${d}enable" ] || rmdir "$d" || fail "$d stays"; done
	for d in $scsi_config/core/*_*/; do case $d in */alua/) ;; *) [ ! -d "$d" ] || rmdir "$d";; esac; done
	rm -f /run/scsi.*
}

# A QEMU that has just ended may hold its target for a moment.
scsi_tpg_gone() {
	local l
	for l in "$1"/lun/lun_*/; do
		[ -d "$l" ] || continue
		find "$l" -maxdepth 1 -type l -exec rm {} +
		rmdir "$l"
	done
	echo -n NULL >"$1/nexus" 2>/dev/null
	rmdir "$1" && rmdir "$(dirname "$1")"
}

scsi_down() {
	local t
	for t in $scsi_config/vhost/*/tpgt_*; do
		[ ! -d "$t" ] || await 10 scsi_tpg_gone "$t"
	done
	rmdir $scsi_config/vhost || fail "the fabric stays"
	scsi_stores_gone
}

scsi_device() {
	local packed=off
	[ "$2" = packed ] && packed=on
	printf 'vhost-scsi-pci,wwpn=%s,packed=%s,addr=%#x%s' "$(scsi_wwn "$1")" $packed $((16 + $1)) "${3:+,$3}"
}

scsi_packed() {
	offers scsi 34 && return
	result "scsi packed all not-offered"
	[ "$LAB_MODULES" = kernel ] || fail "vhost-scsi does not offer RING_PACKED"
	return 1
}

scsi_verbs() {
	cat <<-'END'
		scsi_pci() { printf '/sys/bus/pci/devices/0000:00:%02x.0' $((16 + $1)); }
		scsi_lun_dir() { echo $(scsi_pci $1)/virtio*/host*/target*/*:$2; }
		# disk WWN LUN: its node
		disk() {
			local dir i=0
			while dir=$(scsi_lun_dir $1 $2); ! [ -d "$dir/block" ] && [ $i -lt 100 ]; do sleep 0.1; i=$((i + 1)); done
			echo /dev/$(ls $dir/block)
		}
		expect_scsi_ring() { expect_ring $(scsi_pci $1)/virtio* $2; }
		# must WHAT COMMAND...: its last line is kept in $said
		must() {
			local what=$1
			shift
			said=$("$@" 2>&1) || fail "$what: $said"
			said=$(echo "$said" | tail -n 1)
		}
	END
}
