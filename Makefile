# SPDX-License-Identifier: GPL-2.0
#
# For people; the kernel's build reads Kbuild. This is an out-of-tree module:
# nothing here pretends otherwise.
#
#   KDIR=           kernel build tree (default: that of the running kernel)
#   KERNELRELEASE=  picks /lib/modules/KERNELRELEASE/build as KDIR
#   ARCH= CROSS_COMPILE=   as in the kernel; CROSS_COMPILE also for the tools
#   O=              folder for everything that is built (default: build)
#   DESTDIR= PREFIX=       where install puts things
#   PFB_TEST_MODULES=y     also build the modules that the selftests use

VERSION := $(shell cat $(CURDIR)/VERSION)

KERNELRELEASE ?= $(shell uname -r)
KDIR ?= /lib/modules/$(KERNELRELEASE)/build
O ?= build
PREFIX ?= /usr
DESTDIR ?=

# An absolute O survives every sub-make's change of folder.
override O := $(abspath $(O))

MODULE_BUILD := $(O)/module
MODULE_SOURCES := Kbuild VERSION $(shell find drivers include tools/testing/modules tools/testing/unit -type f -name '*.[ch]')

# KERNELRELEASE may name another kernel than KDIR is for; what is installed is KDIR's.
# From the header that vermagic is made of: Debian's header packages override the
# release that include/config/kernel.release states.
kdir_release = $(shell sed -n 's/^\#define UTS_RELEASE "\(.*\)"$$/\1/p' $(KDIR)/include/generated/utsrelease.h)

export ARCH CROSS_COMPILE DESTDIR PREFIX

.DEFAULT_GOAL := all

all: modules tools ## the module for KDIR's kernel, and the tools

# Kbuild has no portable O= for external modules before 6.13, so the sources
# are laid out under O and built there: the tree stays clean, and several
# kernels can be built side by side.
modules: ## the kernel module
	@test -d $(KDIR) || { echo "no kernel build tree at $(KDIR): install linux-headers-$(KERNELRELEASE), or give KDIR=" >&2; exit 1; }
	@mkdir -p $(MODULE_BUILD)
	@cp -u --parents $(MODULE_SOURCES) $(MODULE_BUILD)
	$(MAKE) -C $(KDIR) M=$(MODULE_BUILD) $(if $(ARCH),ARCH=$(ARCH)) $(if $(CROSS_COMPILE),CROSS_COMPILE=$(CROSS_COMPILE)) $(if $(PFB_TEST_MODULES),PFB_TEST_MODULES=$(PFB_TEST_MODULES)) modules

tools: ## the command pci-fixed-bars
	$(MAKE) -C tools/pci-fixed-bars O=$(O)/tools

check: ## every test: unit, fuzz, builds for each kernel, guests (root or sudo; 53 min on 2 CPUs)
	@tools/testing/check $(if $(LANES),--lanes '$(LANES)')

check-debug: ## each allocation failing, fuzzing, and the selftests in a kernel with KASAN, lockdep, kmemleak (root or sudo; an hour of CPU to build it, hours for all lanes)
	@tools/testing/debug

check-packages: ## the debs, installed and purged on a bare Debian (root or sudo; 5 CPU-minutes)
	@tools/testing/packages

check-images: ## disk images with the debs in them, booted from disk (root or sudo; 25 to 40 min an image)
	@tools/testing/images $(if $(IMAGES),'$(IMAGES)')

demo: ## the mission in one guest, from nothing (root or sudo; 4 min, once the toolbox is there)
	@tools/testing/demo/run

soak: ## hot-plug, reload, enforce, export a thousand times (root or sudo; 23 CPU-minutes)
	@tools/testing/soak $(if $(PART),--part $(PART))

lint: ## what reads the tree: checkpatch, sparse, clang-tidy... (root or sudo; more than 10 min)
	@tools/testing/lint $(CHECKS)

bench: ## benchmarks, as ratios measured side by side
	@tools/testing/bench/run

install: modules_install tools_install ## module and tools, under DESTDIR

# The kernel's own modules_install skips depmod where KDIR has no System.map, as
# header packages don't. A package (DESTDIR) has it run where it is installed.
modules_install: modules
	$(MAKE) -C $(KDIR) M=$(MODULE_BUILD) INSTALL_MOD_DIR=updates $(if $(DESTDIR),INSTALL_MOD_PATH=$(DESTDIR)) $(if $(ARCH),ARCH=$(ARCH)) modules_install
	$(if $(DESTDIR),,depmod $(kdir_release))

tools_install: tools
	$(MAKE) -C tools/pci-fixed-bars O=$(O)/tools install

deb rpm: ## packages, in build/deb and build/rpm
	@packaging/build $@

uninstall: ## what install put there
	$(MAKE) -C tools/pci-fixed-bars O=$(O)/tools uninstall
	rm -f $(DESTDIR)/lib/modules/$(kdir_release)/updates/pci_fixed_bars.ko*
	$(if $(DESTDIR),,depmod $(kdir_release))

clean: ## what was built here; downloads stay in the cache
	rm -rf $(O)

help: ## this list
	@echo "pci_fixed_bars $(VERSION)"
	@sed -n 's/^\([a-z][a-z_ -]*\):.*## \(.*\)/  make \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 22

.PHONY: all modules tools check check-debug check-packages check-images soak lint demo bench deb rpm install modules_install tools_install uninstall clean help
