# SPDX-License-Identifier: GPL-2.0-only
# Ringside: entry points. Each part's own rules are in its .mk file.
#
# Everything built or downloaded goes to a cache outside the checkout:
#   CACHE=  default ${XDG_CACHE_HOME:-~/.cache}/ringside

CACHE ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/ringside
OUT ?= $(CACHE)/build/$(shell printf %s '$(CURDIR)' | md5sum | cut -c1-12)
export CACHE OUT

.PHONY: help
help:
	@grep -h '^##' $(MAKEFILE_LIST) | sed 's/^## //'

## make test           all tests
TESTS := test-ring test-modules test-lab
.PHONY: test
test:
	@tests/all $(TESTS)

include tests/tests.mk
include tests/host.mk
include lab/lab.mk
include tests/lab.mk
include bench/bench.mk
include tools/tools.mk

## make clean          forget what was built from this checkout
.PHONY: clean
clean:
	rm -rf $(OUT)
