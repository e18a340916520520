# SPDX-License-Identifier: GPL-2.0-only
# Programs that drive the device nodes inside a host kernel of the lab. Linked statically: they run in any root.
#   tests/host/lib/		what they share
#   tests/host/PROGRAM/		one directory each

HOST_PROGRAMS := $(filter-out lib,$(notdir $(patsubst %/,%,$(wildcard tests/host/*/))))
HOST_LIB := $(wildcard tests/host/lib/*.c) $(filter-out tests/driver/naive.c tests/driver/selftest.c,$(wildcard tests/driver/*.c))
HOST_HEADERS := $(wildcard tests/host/*/*.h tests/driver/*.h tests/kmod/*/*.h ring/*.h ring/mem/*.h include/uapi/*/*.h)
HOST_BIN := $(addprefix $(OUT)/host/,$(HOST_PROGRAMS))
HOST_CC = $(CC_TEST) $(WARN) -Wno-missing-field-initializers -Itests/host -Iring -Itests -Iinclude/uapi -DRING_MEM=direct -O2 -g

$(OUT)/host/obj/%.o: tests/%.c $(HOST_HEADERS)
	@mkdir -p $(@D)
	$(HOST_CC) -c $< -o $@

# names of causes
$(OUT)/host/obj/ring/%.o: ring/%.c $(HOST_HEADERS)
	@mkdir -p $(@D)
	$(HOST_CC) -c $< -o $@

$(OUT)/host/libhost.a: $(patsubst tests/%.c,$(OUT)/host/obj/%.o,$(HOST_LIB)) $(OUT)/host/obj/ring/common.o
	@rm -f $@
	ar rcs $@ $^

define host_program
$(OUT)/host/$(1): $(patsubst tests/%.c,$(OUT)/host/obj/%.o,$(wildcard tests/host/$(1)/*.c)) $(OUT)/host/libhost.a
	$$(HOST_CC) -static $$^ -pthread -o $$@
endef
$(foreach p,$(HOST_PROGRAMS),$(eval $(call host_program,$(p))))

.PHONY: host-tests-build
host-tests-build: $(HOST_BIN)
