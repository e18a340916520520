# shellcheck shell=bash disable=SC2034,SC2015,SC2054 # variables for scenarios; what fails is reported
# vdpa.sh: devices of vdpa_blk, made as an administrator makes them.

blk_conf=/sys/kernel/config/vdpa_blk
# all features that a writable device with one queue can offer
blk_all=$((1 << 34 | 1 << 33 | 1 << 32 | 1 << 29 | 1 << 28 | 1 << 14 | 1 << 11 | 1 << 10 | 1 << 9 | 1 << 6 | 1 << 2 | 1 << 1))

# blk_load: vdpa_blk, and the file system its settings are in
blk_load() {
	from_kernel configfs
	mountpoint -q /sys/kernel/config || mount -t configfs configfs /sys/kernel/config || fail "no configfs"
	load vdpa_blk
}

# blk_add NAME BACKING [SETTING=VALUE...]
blk_add() {
	local name=$1 s
	mkdir "$blk_conf/$name" || fail "mkdir $name"
	echo "$2" >"$blk_conf/$name/backing" || fail "$name: backing $2"
	shift 2
	for s; do echo "${s#*=}" >"$blk_conf/$name/${s%%=*}" || fail "$name: $s"; done
	vdpa dev add mgmtdev vdpa_blk name "$name" || fail "vdpa dev add $name"
}

blk_del() { vdpa dev del "$1" && rmdir "$blk_conf/$1" || fail "vdpa dev del $1"; }

# blk_counter NAME COUNTER
blk_counter() { sed -n "s/^$2 //p" "$blk_conf/$1/counters"; }

# blk_disk NAME: the disk that virtio_vdpa has made of it
blk_disk() {
	local d
	for d in /sys/bus/vdpa/devices/"$1"/virtio*/block/*; do
		[ -b "/dev/${d##*/}" ] && echo "/dev/${d##*/}" && return
	done
	return 1
}

# guest memory that vhost_vdpa can pin, and the first vDPA device there is
blk_guest_memory=(-M q35,memory-backend=m -object "memory-backend-memfd,id=m,size=128M,share=on")
blk_guest_qemu=("${blk_guest_memory[@]}"
	-device vhost-vdpa-device-pci,vhostdev=/dev/vhost-vdpa-0)

# blk_guest_files: a directory with mkfs.ext4 for the guest, whose busybox knows ext2 only
blk_guest_files() {
	local dir f
	dir=$(mktemp -d /run/files.XXXXXX)
	mkdir "$dir/bin"
	cp -L /usr/sbin/mkfs.ext4 "$dir/bin/" || fail "no mkfs.ext4"
	for f in /etc/mke2fs.conf $(ldd /usr/sbin/mkfs.ext4 | grep -o '/[^ ]*'); do
		mkdir -p "$dir/${f%/*}"
		cp -L "$f" "$dir/$f" || fail "$f"
	done
	echo "$dir"
}

# blk_guest_script RING KBYTES: what a guest does with its disk. The rate is of writing files and flushing them, by the
# guest's clock, which runs late in an emulated guest.
blk_guest_script() {
	cat <<-END
		expect_ring /sys/block/vda/device $1
		mkfs.ext4 -q -F /dev/vda || fail 'no file system'
		mkdir /mnt
		mount -t ext4 /dev/vda /mnt || fail 'mount'
		head -c $(($2 * 1024)) /dev/urandom >/data
		t0=\$(uptime_s)
		for i in 1 2 3 4; do cp /data /mnt/\$i; done
		sync
		t1=\$(uptime_s)
		umount /mnt
		echo 3 >/proc/sys/vm/drop_caches
		mount -t ext4 /dev/vda /mnt || fail 'mount again'
		for i in 1 2 3 4; do cmp /data /mnt/\$i || fail 'not what was written'; done
		umount /mnt
		result blk $1 ext4 ok \$(awk -v k=$((4 * $2)) -v a=\$t0 -v b=\$t1 'BEGIN { printf "%.1f", k / 1024 / (b - a + 0.01) }') MB/s
	END
}

# vduse_destroy NAME: what a daemon has left behind: VDUSE_DESTROY_DEV of linux/vduse.h, for which there is no tool
vduse_destroy() {
	python3 -c 'import fcntl, sys
fcntl.ioctl(open("/dev/vduse/control", "rb+", buffering=0), 0x41008103, sys.argv[1].encode().ljust(256, b"\0"))' "$1"
}
