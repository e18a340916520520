# SPDX-License-Identifier: GPL-2.0-only
# Tests that need no kernel: the ring engine under the arena, sanitizers,
# fuzzers and a model checker.

CC_TEST ?= gcc
CLANG ?= clang-14
WARN := -std=gnu11 -Wall -Wextra -Werror
INCLUDE := -Iring -Itests
SAN := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
FREESTANDING := -ffreestanding

RING_PLAIN := ring/common.c ring/memtab.c ring/iotlb.c
DRIVER := $(filter-out tests/driver/selftest.c,$(wildcard tests/driver/*.c))
SUPPORT := $(DRIVER) tests/arena/arena.c tests/fixture/fixture.c
RING_ALL := $(wildcard ring/*.[ch] ring/mem/*.h)
HEADERS := $(RING_ALL) $(wildcard tests/*/*.h)

UNIT := $(wildcard tests/unit/*.c) tests/driver/selftest.c
MODEL := tests/model/split.c tests/model/packed.c
MODEL_SHARED := $(filter-out $(MODEL),$(wildcard tests/model/*.c))
THREAD := $(wildcard tests/thread/*.c)
FUZZ := $(wildcard tests/fuzz/*_fuzz.c)
PROOF := $(wildcard tests/proof/*.pml)

UNIT_BIN := $(patsubst tests/%.c,$(OUT)/san/%,$(UNIT))
MODEL_BIN := $(patsubst tests/%.c,$(OUT)/san/%,$(MODEL))
THREAD_BIN := $(patsubst tests/%.c,$(OUT)/tsan/%,$(THREAD))
FUZZ_BIN := $(patsubst tests/%.c,$(OUT)/libfuzzer/%,$(FUZZ))

# ---- what the tests need from Debian --------------------------------------

TEST_PACKAGES := gcc make libcmocka-dev clang-14 llvm-14 libclang-rt-14-dev spin

.PHONY: need-tests
need-tests:
	@tests/need $(TEST_PACKAGES)

# ---- objects, by flavour ---------------------------------------------------

# san: gcc, ASan and UBSan, arena backend. tsan: gcc, ThreadSanitizer, direct backend.
# libfuzzer: clang, fuzzer with ASan and UBSan, arena backend.
# cov: gcc --coverage, arena backend. plain: gcc, nothing, for what is not tested.
san_CC = $(CC_TEST) $(WARN) $(INCLUDE) -O2 -g $(SAN) -DRING_MEM=arena
tsan_CC = $(CC_TEST) $(WARN) $(INCLUDE) -O2 -g -fsanitize=thread -DRING_MEM=direct
libfuzzer_CC = $(CLANG) $(WARN) $(INCLUDE) -O2 -g -fsanitize=fuzzer-no-link,address,undefined \
	-fno-sanitize-recover=all -DRING_MEM=arena
plain_CC = $(CC_TEST) $(WARN) $(INCLUDE) -O2 -g -DRING_MEM=arena
cov_CC = $(CC_TEST) $(WARN) $(INCLUDE) -O0 -g --coverage -DRING_MEM=arena

objects = $(patsubst %.c,$(OUT)/$(1)/obj/%.o,ring/engine.c $(RING_PLAIN) $(2))

define flavour
$(OUT)/$(1)/obj/ring/%.o: ring/%.c $(RING_ALL) | need-tests
	@mkdir -p $$(@D)
	$$($(1)_CC) $(FREESTANDING) -c $$< -o $$@
$(OUT)/$(1)/obj/tests/%.o: tests/%.c $(HEADERS) | need-tests
	@mkdir -p $$(@D)
	$$($(1)_CC) -c $$< -o $$@
endef
$(foreach f,san tsan libfuzzer cov plain,$(eval $(call flavour,$(f))))

$(OUT)/san/%: $(OUT)/san/obj/tests/%.o $(call objects,san,$(SUPPORT))
	@mkdir -p $(@D)
	$(san_CC) $^ -lcmocka -o $@

# The model test plays 10^8 chains: the engine is sanitized, what surrounds it
# is not.
$(MODEL_BIN): $(OUT)/san/%: $(OUT)/plain/obj/tests/%.o $(call objects,san,) \
		$(patsubst %.c,$(OUT)/plain/obj/%.o,$(SUPPORT) $(MODEL_SHARED))
	@mkdir -p $(@D)
	$(san_CC) $^ -o $@
$(patsubst tests/%.c,$(OUT)/cov/%,$(MODEL)): $(patsubst %.c,$(OUT)/cov/obj/%.o,$(MODEL_SHARED))

TSAN_SUPPORT := $(DRIVER)
$(OUT)/tsan/%: $(OUT)/tsan/obj/tests/%.o $(call objects,tsan,$(TSAN_SUPPORT))
	@mkdir -p $(@D)
	$(tsan_CC) $^ -pthread -o $@

$(OUT)/libfuzzer/%: $(OUT)/libfuzzer/obj/tests/%.o $(call objects,libfuzzer,$(SUPPORT))
	@mkdir -p $(@D)
	$(libfuzzer_CC) -fsanitize=fuzzer $^ -o $@

# the parts of ring_fuzz
RING_FUZZ := $(filter-out %_fuzz.c,$(wildcard tests/fuzz/ring_*.c))
$(OUT)/libfuzzer/fuzz/ring_fuzz: $(patsubst %.c,$(OUT)/libfuzzer/obj/%.o,$(RING_FUZZ))

$(OUT)/cov/%: $(OUT)/cov/obj/tests/%.o $(call objects,cov,$(SUPPORT))
	@mkdir -p $(@D)
	$(cov_CC) $^ -lcmocka -o $@

.SECONDARY:

# ---- running ---------------------------------------------------------------

## make test-ring      the ring engine's tests (no kernel, about a minute)
.PHONY: test-ring
test-ring: need-tests
	@$(MAKE) -s --no-print-directory -j$$(nproc) test-ring-build
	@tests/run test-ring $(UNIT_BIN) $(MODEL_BIN) $(THREAD_BIN) \
		$(addprefix tests/proof/prove:,$(PROOF)) \
		$(addprefix tests/fuzz/brief:,$(FUZZ_BIN))

.PHONY: test-ring-build
test-ring-build: $(UNIT_BIN) $(MODEL_BIN) $(THREAD_BIN) $(FUZZ_BIN) bench-build

## make fuzz SECONDS=n run each fuzzer for n seconds (default 60)
SECONDS ?= 60
.PHONY: fuzz
fuzz: need-tests
	@$(MAKE) -s --no-print-directory -j$$(nproc) $(FUZZ_BIN)
	@tests/fuzz/long $(SECONDS) $(FUZZ_BIN)

## make coverage       line and branch coverage of ring/ by the tests
.PHONY: coverage
COV_BIN := $(patsubst tests/%.c,$(OUT)/cov/%,$(UNIT) $(MODEL))
coverage: need-tests
	@tests/need gcovr
	@$(MAKE) -s --no-print-directory -j$$(nproc) $(COV_BIN)
	@tests/coverage $(OUT)/cov $(COV_BIN)

# ---- the tree itself ---------------------------------------------------------

## make test-tree      the tree itself: scripts, includes, exports, commits (a minute)
TESTS += test-tree
.PHONY: test-tree
test-tree: need-tests
	@tests/need shellcheck git python3-yaml python3-jsonschema
	@lab/get headers >/dev/null
	@lab/get source-6.12 >/dev/null
	@tests/run test-tree tests/tree/scripts tests/tree/includes tests/tree/readers tests/tree/generated tests/tree/commits
