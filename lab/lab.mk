# lab.mk: the lab's targets, included by the Makefile at the root. All logic is in the scripts beside this file.
#   make demo [HOST=uml|uml-debug|debian] [MODULES=ours|kernel] [KERNEL=6.12|7.3]
#   make lab HOST=... SCENARIO=... [ARGS=...]

HOST ?= uml
export KERNEL MODULES TMO

.PHONY: lab demo lab-selftest modules sparse

lab:
	lab/run $(HOST) $(SCENARIO) $(ARGS)

demo:
	lab/demo $(HOST)

lab-selftest:
	lab/selftest $(HOST)

modules:
	lab/build-modules uml
	lab/build-modules debian

sparse:
	SPARSE=1 lab/build-modules debian
