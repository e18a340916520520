# SPDX-License-Identifier: GPL-2.0-only
# Benchmarks. They report; nothing passes or fails by a time.

BENCH_FLAGS := -O2 -g
bench_CC = $(CC_TEST) $(WARN) $(INCLUDE) -Ibench $(BENCH_FLAGS) -DRING_MEM=direct \
	-DBENCH_FLAGS='"$(BENCH_FLAGS)"'
# The kernel's code uses no vector registers: nor does the engine when it is measured.
KERNEL_LIKE := $(if $(filter x86_64,$(shell uname -m)),-mgeneral-regs-only)
BENCH_OBJ := $(patsubst %.c,$(OUT)/bench/obj/%.o,ring/engine.c $(RING_PLAIN) \
	tests/driver/driver.c tests/driver/split.c tests/driver/packed.c tests/driver/naive.c \
	$(wildcard bench/*.c))

.PHONY: need-bench
need-bench:
	@tests/need gcc make

$(OUT)/bench/obj/ring/%.o: ring/%.c $(RING_ALL) | need-bench
	@mkdir -p $(@D)
	$(bench_CC) $(FREESTANDING) $(KERNEL_LIKE) -c $< -o $@

$(OUT)/bench/obj/%.o: %.c $(HEADERS) $(wildcard bench/*.h) | need-bench
	@mkdir -p $(@D)
	$(bench_CC) -c $< -o $@

$(OUT)/bench/ring: $(BENCH_OBJ)
	$(bench_CC) $^ -pthread -o $@

## make bench-ring     what the ring engine costs natively, under a minute; QUICK=1: a few seconds
.PHONY: bench-ring
bench-ring: need-bench
	@$(MAKE) -s --no-print-directory $(OUT)/bench/ring
	@QUICK=$(QUICK) $(OUT)/bench/ring $(OUT)/bench-ring.json

## make bench-ring-instructions   what it costs in instructions, by function (callgrind; a minute)
.PHONY: bench-ring-instructions
bench-ring-instructions: need-bench
	@tests/need valgrind
	@$(MAKE) -s --no-print-directory $(OUT)/bench/ring
	@bench/instructions $(OUT)/bench/ring

# ---- in the lab --------------------------------------------------------------

LAB_BENCH_COMMON := bench/lab/load.c $(addprefix tests/host/lib/,device.c event.c memory.c report.c) \
	$(addprefix tests/driver/,driver.c split.c packed.c lazy.c)
LAB_BENCH_HEADERS := $(wildcard bench/*/*.h tests/host/lib/*.h)
BENCH_NET_LOAD := bench/net/load.c tests/host/lib/netdev.c $(LAB_BENCH_COMMON)
BENCH_SCSI_LOAD := bench/scsi/load.c tests/host/lib/lio.c $(LAB_BENCH_COMMON)
BENCH_VSOCK_LOAD := $(wildcard bench/vsock/*.c) $(LAB_BENCH_COMMON)
BENCH_VDPA_BIN := $(addprefix $(OUT)/bench/vdpa/,map disk guest)
# the parents and nodes of tests/host/vdpa
BENCH_VDPA_MAP := bench/vdpa/map.c tests/host/vdpa/node.c tests/host/vdpa/parent.c \
	$(addprefix tests/host/lib/,hostmem.c iotlb.c vdpa_node.c) $(LAB_BENCH_COMMON)
BENCH_VDPA_DISK := bench/vdpa/disk.c $(addprefix tests/host/lib/,iotlb.c vdpa_node.c) $(LAB_BENCH_COMMON)
lab_bench_CC = $(CC_TEST) $(WARN) $(INCLUDE) -Itests/host -Ibench/lab $(BENCH_FLAGS)

$(OUT)/bench/net/load: $(BENCH_NET_LOAD) $(HEADERS) $(LAB_BENCH_HEADERS) | need-bench
	@mkdir -p $(@D)
	$(lab_bench_CC) $(BENCH_NET_LOAD) -o $@

$(OUT)/bench/scsi/load: $(BENCH_SCSI_LOAD) $(HEADERS) $(LAB_BENCH_HEADERS) | need-bench
	@mkdir -p $(@D)
	$(lab_bench_CC) $(BENCH_SCSI_LOAD) -o $@

$(OUT)/bench/vsock/load: $(BENCH_VSOCK_LOAD) $(HEADERS) $(LAB_BENCH_HEADERS) | need-bench
	@mkdir -p $(@D)
	$(lab_bench_CC) -Ibench/vsock -pthread $(BENCH_VSOCK_LOAD) -o $@

$(OUT)/bench/vdpa/map: $(BENCH_VDPA_MAP) $(HOST_HEADERS) $(LAB_BENCH_HEADERS) | need-bench
	@mkdir -p $(@D)
	$(lab_bench_CC) -Wno-missing-field-initializers -Iinclude/uapi -pthread $(BENCH_VDPA_MAP) -o $@

$(OUT)/bench/vdpa/disk: $(BENCH_VDPA_DISK) $(HOST_HEADERS) $(LAB_BENCH_HEADERS) | need-bench
	@mkdir -p $(@D)
	$(lab_bench_CC) -pthread $(BENCH_VDPA_DISK) -o $@

$(OUT)/bench/vdpa/guest: bench/vdpa/guest.c | need-bench
	@mkdir -p $(@D)
	$(CC_TEST) $(WARN) $(BENCH_FLAGS) -static $< -o $@

$(OUT)/bench/lab/libinsnprof.so: bench/lab/insnprof.c bench/lab/insnprof.h | need-bench
	@mkdir -p $(@D)
	$(CC_TEST) $(WARN) $(BENCH_FLAGS) -shared -fPIC $< -o $@

# Part of the tests, so that a benchmark always compiles.
.PHONY: bench-build
bench-build: $(OUT)/bench/ring $(OUT)/bench/net/load $(OUT)/bench/scsi/load $(OUT)/bench/vsock/load $(BENCH_VDPA_BIN) $(OUT)/bench/lab/libinsnprof.so

## make bench-net      small packets through vhost_net, ours and the kernel's own, in the lab (five minutes);
##                     HOSTS="uml debian": on one of them only; FUNCTIONS=n: functions listed
.PHONY: bench-net
bench-net: need-bench
	@$(MAKE) -s --no-print-directory $(OUT)/bench/net/load $(OUT)/bench/lab/libinsnprof.so
	@HOSTS="$(HOSTS)" FUNCTIONS=$(FUNCTIONS) PAIRS=$(PAIRS) BURSTS=$(BURSTS) \
		bench/net/run $(OUT)/bench/net/load $(OUT)/bench/lab/libinsnprof.so $(OUT)

## make bench-scsi     commands to a RAM disk through vhost_scsi, ours and the kernel's own, in the lab (some minutes);
##                     HOSTS, FUNCTIONS: as there; PAIRS=n: rounds ours/kernel; BURSTS=n
.PHONY: bench-scsi
bench-scsi: need-bench
	@$(MAKE) -s --no-print-directory $(OUT)/bench/scsi/load $(OUT)/bench/lab/libinsnprof.so
	@HOSTS="$(HOSTS)" FUNCTIONS=$(FUNCTIONS) PAIRS=$(PAIRS) BURSTS=$(BURSTS) \
		bench/scsi/run $(OUT)/bench/scsi/load $(OUT)/bench/lab/libinsnprof.so $(OUT)

## make bench-vsock    messages through vhost_vsock, ours and the kernel's own, in the lab (six minutes);
##                     HOSTS, FUNCTIONS: as there; PAIRS=n: rounds ours/kernel; PERCENT=n: more or fewer messages
.PHONY: bench-vsock
bench-vsock: need-bench
	@$(MAKE) -s --no-print-directory $(OUT)/bench/vsock/load $(OUT)/bench/lab/libinsnprof.so
	@HOSTS="$(HOSTS)" FUNCTIONS=$(FUNCTIONS) PAIRS=$(PAIRS) PERCENT=$(PERCENT) \
		bench/vsock/run $(OUT)/bench/vsock/load $(OUT)/bench/lab/libinsnprof.so $(OUT)

## make bench-vdpa     memory through vhost_vdpa, ours and the kernel's own, and disks of vdpa_blk and of QEMU, in the lab
##                     (twelve minutes); HOSTS, FUNCTIONS: as there; PARTS="map disk guest"; PAIRS=n, AMOUNT=n, CASES=regex
.PHONY: bench-vdpa
bench-vdpa: need-bench
	@$(MAKE) -s --no-print-directory $(BENCH_VDPA_BIN) $(OUT)/bench/lab/libinsnprof.so
	@HOSTS="$(HOSTS)" PARTS="$(PARTS)" FUNCTIONS=$(FUNCTIONS) PAIRS=$(PAIRS) AMOUNT=$(AMOUNT) \
		CASES="$(CASES)" bench/vdpa/run $(BENCH_VDPA_BIN) $(OUT)/bench/lab/libinsnprof.so $(OUT)
