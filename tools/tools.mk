# SPDX-License-Identifier: GPL-2.0-only
# Programs for administrators, and their manual.

PREFIX ?= /usr/local
DESTDIR ?=

VHOSTCTL := $(OUT)/tools/vhostctl
MAN_PAGES := $(wildcard docs/man/*.[0-9])
# The newest heading of the changes.
RELEASE := $(shell sed -n 's/^\#\# //p' CHANGELOG.md | head -n 1)
TOOLS_CC = $(CC_TEST) $(WARN) -O2 -g -D_GNU_SOURCE -Iinclude/uapi -DVHOSTCTL_VERSION='"$(RELEASE)"'

$(VHOSTCTL): $(wildcard tools/vhostctl/*.[ch] include/uapi/*/*.h) CHANGELOG.md
	@mkdir -p $(@D)
	@tests/need libmnl-dev libxml2-dev pkg-config
	$(TOOLS_CC) $$(pkg-config --cflags libxml-2.0 libmnl) $(filter %.c,$^) $$(pkg-config --libs libxml-2.0 libmnl) -o $@

## make tools          vhostctl; says where it is
.PHONY: tools
tools: $(VHOSTCTL)
	@echo $(VHOSTCTL)

VSOCK_HOOK := $(OUT)/tools/ringside-vsock
$(VSOCK_HOOK): packaging/libvirt/ringside-vsock
	install -D -m 755 $< $@

# A test program of the lab runs both, and reads what the tool prints as others do.
$(OUT)/host/vhostctl: | $(VHOSTCTL) $(VSOCK_HOOK) need-readers
.PHONY: need-readers
need-readers:
	@tests/need python3 python3-prometheus-client

## make install-tools  vhostctl, the manual and a hook of libvirt, under DESTDIR and PREFIX (default /usr/local)
.PHONY: install-tools
install-tools: tools
	install -D -m 755 $(VHOSTCTL) $(DESTDIR)$(PREFIX)/sbin/vhostctl
	install -D -m 755 packaging/libvirt/ringside-vsock -t $(DESTDIR)$(PREFIX)/share/ringside/libvirt
	@for page in $(MAN_PAGES); do \
		dir=$(DESTDIR)$(PREFIX)/share/man/man$${page##*.}; \
		echo install -D -m 644 $$page -t $$dir; \
		install -D -m 644 $$page -t $$dir || exit; \
	done

## make test-tools     vhostctl, its manual, headers and installation, as far as no device is needed
TESTS += test-tools
.PHONY: test-tools
test-tools: tools
	@tests/need g++ groff mandoc valgrind
	@tests/run test-tools tests/tools/usage:$(VHOSTCTL) tests/tools/headers tests/tools/manual:$(VHOSTCTL) \
		tests/tools/install
