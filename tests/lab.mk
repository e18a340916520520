# SPDX-License-Identifier: GPL-2.0-only
# Tests in the lab: the modules, in host kernels, under programs and guests.

# Seconds of random ioctls from several threads, on each device.
RANDOM_SECONDS ?= 10
export RANDOM_SECONDS
# All programs in one boot; the lab's own limit is for one scenario of a guest.
ON = tests/with:TMO=1150 $(1) lab/run $(2) host-tests -t 400 $(filter-out %/async %/norings %/scsi %/vdpa %/vdpa_blk,$(HOST_BIN))
# The test device that completes requests later, for so many seconds under random stops; from 60 on also a storm of
# stops, moves, resets and kills.
ASYNC = 'tests/with:ASYNC_SECONDS=$(3) TMO=$(4) $(1) lab/run $(2) host-tests -m ringside_test_async -t $(4) $(OUT)/host/async'
# The test device without workers, whose rings the core does not walk.
NORINGS = 'tests/with:TMO=$(3) $(1) lab/run $(2) host-tests -m ringside_test_norings -t 200 $(OUT)/host/norings'
# A guest with open vsock connections moves, twice.
MOVE = tests/with:TMO=280 $(1) lab/run $(2) vsock-migrate
# Guests move between our modules and the kernel's own.
BACK = $(foreach d,net vsock scsi,'tests/with:TMO=400 $(1) lab/run $(2) move-back $(d)')
# Three guests at once, and the tool of administrators.
SIBLINGS = tests/with:TMO=300 $(1) lab/run $(2) vsock-siblings $(VHOSTCTL)
# The vsock programs on Debian's kernel, with two CPUs: the only run of tests there is on SMP and x86-64.
VSOCK_DEBIAN = 'tests/with:TMO=550 lab/run debian host-tests -t 300 $(filter %/vsock %/siblings %/vsock-storm,$(HOST_BIN))'
# The same in a guest that has a vsock device itself.
VSOCK_NESTED = 'tests/with:MEM=4G TMO=900 MODULES=ours lab/run uml vsock-nested $(filter %/vsock %/siblings,$(HOST_BIN))'
# Guests with a vsock device: what their sockets do, their last words, behind an IOMMU, with an SSH server.
VSOCK = $(foreach s,guest last-words iommu ssh,'tests/with:TMO=400 $(1) lab/run $(2) vsock-$(s)')
# A SCSI driver of our own over targets of LIO; from 30 seconds on also disks that never respond.
SCSI = 'tests/with:SCSI_SECONDS=$(3) TMO=$(4) $(1) lab/run $(2) host-tests \
	-m target_core_file,target_core_iblock,dm_mod,brd,vhost_scsi -t $(4) $(OUT)/host/scsi'
# Guests with disks of all kinds: under load, configured by targetcli, plugged, killed, looked at with sg3-utils, moved.
SCSI_GUESTS = $(foreach s,$(3),'tests/with:TMO=600 $(1) lab/run $(2) scsi-$(s)')
# Guests with a NIC: QEMU's options, IOMMUs, what interrupts or ends them, moves.
NET_GUESTS = $(foreach s,$(3),'tests/with:TMO=600 $(1) lab/run $(2) net-$(s)')
# vhost_vdpa on parents of the tests; on the kernel's simulators, with guests; on a daemon's disk (7.3).
VDPA = 'tests/with:TMO=$(3) $(1) lab/run $(2) host-tests -m vhost_vdpa,ringside_test_parent -t $(3) $(OUT)/host/vdpa'
VDPA_SIM = 'tests/with:TMO=300 $(1) lab/run $(2) vdpa-sim $(OUT)/host/vdpa'
VDUSE = 'tests/with:TMO=400 $(1) lab/run $(2) vdpa-vduse $(OUT)/host/vdpa'
# A driver of our own on disks of vdpa_blk.
VDPA_BLK = 'tests/with:TMO=$(3) $(1) lab/run $(2) host-tests -m dm_mod,brd,vhost_vdpa,vdpa_blk -t $(3) $(OUT)/host/vdpa_blk'
# The kernel's own netlink tool, with our specification.
YNL = 'tests/with:TMO=200 $(1) lab/run $(2) netlink-ynl $(shell lab/get source-6.12)'
# Modules that run their cases in the kernel.
IN_KERNEL = 'tests/with:TMO=$(3) $(1) lab/run $(2) kernel-tests'

# What the tests below need of the lab, made before their time is taken: kernels take many minutes on a new machine.
.PHONY: lab-ready
lab-ready:
	@lab/get headers >/dev/null
	@lab/get qemu >/dev/null
	@for what in uml guest tools debian; do lab/build $$what >/dev/null || exit 1; done

## make test-modules   build the modules for each host kernel: no warning, sparse clean
.PHONY: test-modules
test-modules: lab-ready
	@tests/run test-modules \
		'tests/with:lab/build-modules uml' \
		'tests/with:lab/build-modules debian' \
		'tests/with:SPARSE=1 lab/build-modules debian' \
		'tests/with:UBSAN=1 lab/build-modules debian' \
		tests/kbuild/facts tests/kbuild/circles

## make test-lab       host programs and a guest on uml, a guest on Debian's kernel
.PHONY: test-lab
test-lab: need-tests lab-ready
	@tests/need python3-yaml python3-jsonschema
	@$(MAKE) -s --no-print-directory -j$$(nproc) host-tests-build
	@TEST_TIMEOUT=600 tests/run test-lab lab/verdict-test '$(call ON,MODULES=ours,uml)' \
		'tests/with:lab/demo uml' 'tests/with:lab/demo debian' '$(call SIBLINGS,MODULES=ours,uml)' \
		'$(call MOVE,MODULES=ours,uml)' $(call BACK,MODULES=ours,uml) $(call VSOCK,MODULES=ours,uml) \
		$(call SCSI,MODULES=ours,uml,0,200) 'tests/with:TMO=200 lab/run uml scsi-targetcli' \
		'tests/with:TMO=200 MODULES=ours lab/run uml scsi-iommu' \
		'tests/with:TMO=300 lab/run uml scsi-migrate 1' \
		$(call NET_GUESTS,MODULES=ours,uml,options) 'tests/with:TMO=200 lab/run uml net-migrate split' \
		$(call VDPA,MODULES=ours,uml,200) $(call VDPA_SIM,MODULES=ours,uml) $(call VDPA_BLK,MODULES=ours,uml,200) \
		'tests/with:TMO=300 lab/run uml vdpa-blk' 'tests/with:TMO=300 lab/run uml vdpa-blk-guest' \
		$(VSOCK_DEBIAN) $(call IN_KERNEL,MODULES=ours,uml,120) \
		$(call ASYNC,MODULES=ours,uml,10,280) $(call NORINGS,MODULES=ours,uml,240) $(call YNL,MODULES=ours,uml)

## make test-all       make test, then the same on debug kernels, 7.3, and the kernel's own modules
.PHONY: test-all
test-all:
	@RANDOM_SECONDS=60 tests/all $(TESTS) test-wide

.PHONY: test-wide
test-wide:
	@TEST_TIMEOUT=1200 tests/run test-wide lab/selftest \
		'tests/with:TMO=300 lab/run uml virtio-user' 'tests/with:MODULES=kernel TMO=300 lab/run uml virtio-user' \
		'$(call ON,MODULES=kernel,uml)' \
		'tests/with:VSOCK_ROUNDS=100000 TMO=450 lab/run uml host-tests -t 390 $(OUT)/host/vsock-storm' \
		'tests/with:VSOCK_ROUNDS=150000 TMO=300 lab/run uml host-tests -t 250 $(OUT)/host/siblings' \
		'tests/with:TMO=1150 lab/run uml vsock-last-words 50' $(VSOCK_NESTED) \
		'$(call ON,MODULES=ours,uml-debug)' 'tests/with:lab/demo uml-debug' \
		'$(call ON,KERNEL=7.3,uml)' 'tests/with:KERNEL=7.3 lab/demo uml' \
		'$(call SIBLINGS,MODULES=ours,uml-debug)' '$(call SIBLINGS,KERNEL=7.3,uml)' \
		$(call VSOCK,MODULES=kernel,uml) $(call VSOCK,MODULES=ours,uml-debug) $(call VSOCK,KERNEL=7.3,uml) \
		'$(call MOVE,MODULES=kernel,uml)' '$(call MOVE,MODULES=ours,uml-debug)' '$(call MOVE,KERNEL=7.3,uml)' \
		$(call IN_KERNEL,MODULES=ours,uml-debug,400) $(call IN_KERNEL,KERNEL=7.3,uml,120) \
		$(call ASYNC,MODULES=ours,uml-debug,60,1150) $(call ASYNC,KERNEL=7.3,uml,60,600) \
		$(call NORINGS,MODULES=ours,uml-debug,300) $(call NORINGS,KERNEL=7.3,uml,240) \
		$(call NORINGS,MODULES=ours,debian,450) \
		$(call SCSI_GUESTS,MODULES=ours,uml,guest hotplug sg3 migrate boot) 'tests/with:TMO=900 lab/run uml scsi-fio 60' \
		'tests/with:TMO=600 lab/run uml vdpa-blk 3 60' 'tests/with:TMO=900 lab/run debian vdpa-blk 3 60' \
		'tests/with:TMO=600 lab/run debian vdpa-vduse $(OUT)/host/vdpa' \
		$(call BACK,KERNEL=7.3,uml) \
		$(call SCSI_GUESTS,MODULES=ours,uml-debug,targetcli hotplug kill migrate) \
		$(call SCSI_GUESTS,KERNEL=7.3,uml,guest kill migrate) \
		$(call SCSI_GUESTS,MODULES=kernel,uml,guest targetcli hotplug sg3) \
		'tests/with:TMO=1150 lab/run uml scsi-kill 25' \
		'tests/with:TMO=600 lab/run uml net-options all' 'tests/with:TMO=600 GUEST=7.3 lab/run uml net-options in_order=on' \
		'tests/with:TMO=300 lab/run uml net-iommu all' 'tests/with:TMO=1150 lab/run uml net-faults all 50' \
		'tests/with:TMO=600 GUEST=7.3 lab/run uml net-migrate 3 split packed in_order' \
		$(call NET_GUESTS,MODULES=ours,uml-debug,options iommu faults migrate) \
		$(call NET_GUESTS,KERNEL=7.3,uml,options iommu faults migrate) \
		$(call NET_GUESTS,MODULES=kernel,uml,options iommu faults migrate) \
		$(call SCSI,MODULES=kernel,uml,60,280) $(call SCSI,MODULES=ours,uml-debug,60,600) \
		$(call SCSI,KERNEL=7.3,uml,60,400) $(call SCSI,MODULES=ours,debian,60,900) \
		$(call VDPA,MODULES=ours,uml-debug,500) $(call VDPA,KERNEL=7.3,uml,300) $(call VDPA,MODULES=ours,debian,700) \
		$(call VDPA_BLK,MODULES=ours,uml-debug,500) $(call VDPA_BLK,KERNEL=7.3,uml,300) \
		$(call VDPA_BLK,MODULES=ours,debian,700) \
		$(call VDPA_SIM,KERNEL=7.3,uml) $(call VDPA_SIM,MODULES=kernel,uml) $(call VDUSE,KERNEL=7.3,uml) \
		$(call IN_KERNEL,MODULES=ours,debian,450) '$(call ON,MODULES=ours,debian)' \
		'tests/with:RANDOM_SECONDS=30 TMO=900 lab/run debian-rt host-tests -t 800 $(OUT)/host/random'
