# SPDX-License-Identifier: MIT
# initgate: a static PID 1 for initramfs images. `make help` lists the targets.

asked := $(ARCH)
host_arch := $(shell . scripts/lib/arch.sh && echo $$host_arch)
ARCH ?= $(host_arch)
override ARCH := $(shell . scripts/lib/arch.sh && arch_name $(ARCH) && echo $$arch)
arches := $(if $(asked),$(ARCH),x86_64 arm64 riscv64)
O ?= build
V ?= 0
WERROR ?= 1
RESCUE ?= 1
KERNEL ?=
MODULES ?=
export O ARCH KERNEL MODULES

VERSION := 0.1.0
out := $(O)/$(ARCH)
obj := $(out)/obj$(if $(filter 0,$(RESCUE)),-no-rescue)
host := $(O)/host
kmod := $(O)/src/kmod

ifneq ($(V),1)
Q := @
say = @printf '  %-7s %s\n' $(1) $(2)
endif

# What an architecture needs stands in scripts/arch/ARCH.sh. For this machine's own the distribution has musl.
tools := $(shell sed -n 's/^arch_tools=//p' scripts/arch/$(ARCH).sh)
$(if $(tools),,$(error ARCH=$(ARCH): not supported, there are: $(patsubst scripts/arch/%.sh,%,$(wildcard scripts/arch/*.sh))))
CC_PID1 := $(if $(filter $(host_arch),$(ARCH)),musl-gcc,$(O)/musl/$(ARCH)/bin/musl-gcc)
warnings := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes \
	-Wformat=2 -Wundef $(if $(filter 1,$(WERROR)),-Werror)
common := -std=gnu11 -I. -DINITGATE_VERSION='"$(VERSION)"' -DINITGATE_RESCUE=$(RESCUE)
# The kernel's headers come behind musl's own, from a directory that holds nothing else.
pid1_flags := -Os -g0 -fno-pie -ffunction-sections -fdata-sections -fstack-protector-strong \
	-fno-asynchronous-unwind-tables -fno-unwind-tables -fmerge-all-constants -flto=auto \
	$(if $(filter arm64,$(ARCH)),-mno-outline-atomics) -idirafter $(obj)/linux-headers
pid1_link := -static -no-pie -Wl,--gc-sections,-z,noexecstack,-z,norelro,-z,noseparate-code,--build-id=none

init_sources := $(filter-out $(if $(filter 0,$(RESCUE)),init/rescue.c),$(wildcard init/*.c modules/*.c))
elfcheck_sources := $(wildcard elfcheck/*.c)
cli_sources := $(wildcard elfcheck/cli/*.c)
kmod_names := $(addprefix libkmod/libkmod,.c -builtin.c -config.c -elf.c -file.c -index.c -list.c -module.c \
	-signature.c) shared/array.c shared/hash.c shared/scratchbuf.c shared/strbuf.c shared/util.c

init_objects := $(init_sources:%.c=$(obj)/%.o)
elfcheck_objects := $(elfcheck_sources:%.c=$(obj)/%.o)
kmod_objects := $(kmod_names:%.c=$(obj)/kmod/%.o)
cli_objects := $(cli_sources:%.c=$(host)/obj/%.o) $(elfcheck_sources:%.c=$(host)/obj/%.o)

.DELETE_ON_ERROR:
.PHONY: all demo test test-matrix fuzz fuzz-smoke lint size bench soak install uninstall deb clean help setup setup-test kernel

all: $(out)/init $(host)/elfcheck ## Build build/ARCH/init and build/host/elfcheck (the default)

demo: setup kernel all ## Boot a real kernel with a real module and a Go program; then one that only looks static
	$(Q)scripts/demo.sh

# Without ARCH= the tests boot all architectures.
test: setup-test ## Run every test, with boots of three architectures, or of the one of ARCH=
	$(Q)for arch in $(arches); do $(MAKE) --no-print-directory ARCH=$$arch kernel all || exit; done
	$(Q)ARCHES='$(arches)' tests/run.sh

test-matrix: setup-test kernel all ## Every kind of Go program, built with Go 1.19, 1.21, 1.23, booted and judged (VERSIONS=)
	$(Q)tests/matrix/run.sh

fuzz: setup-test ## Fuzz the checker and the settings, going on from the last time (FUZZ_SECONDS=600)
	$(Q)tests/fuzz/run.sh $(or $(FUZZ_SECONDS),600)

fuzz-smoke: setup-test ## Fuzz both for a minute
	$(Q)tests/fuzz/run.sh smoke

soak: setup kernel all ## Boot 100 times with both cores loaded
	$(Q)tests/soak.sh 100

lint: setup-test $(host)/elfcheck ## Compiler warnings, shellcheck, cppcheck, the layer table
	$(Q)scripts/lint.sh

size: $(out)/init ## Size of PID 1, and what each part costs
	$(Q)scripts/size.sh $<

bench: setup-test kernel all ## What a boot and a verdict cost
	$(Q)bench/boot.sh
	$(Q)bench/count.sh
	$(Q)bench/elfcheck.sh
	$(Q)bench/image.sh
	$(Q)bench/root.sh

install: ## Install what was built (DESTDIR= PREFIX=/usr/local)
	$(Q)scripts/install.sh install

uninstall: ## Remove it again
	$(Q)scripts/install.sh uninstall

deb: $(kmod).ready ## Build a Debian package in build/deb
	$(Q)scripts/make-deb.sh $(VERSION)

# SETUP=0 leaves the machine as it is, for those who bring what is needed themselves.
setup:
	$(Q)$(if $(filter 0,$(SETUP)),:,scripts/setup.sh $(ARCH))

setup-test: setup
	$(Q)scripts/setup.sh $(ARCH) test

kernel: setup
	$(Q)scripts/fetch-kernel.sh $(ARCH)

clean: ## Remove what was built; downloads stay
	rm -rf $(out) $(host) $(O)/tests

help: ## Show this list
	$(Q)sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | awk -F'\t' '{ printf "  make %-11s %s\n", $$1, $$2 }'
	@echo 'Variables: ARCH= O= V=1 WERROR=0 RESCUE=0 SETUP=0 KERNEL= MODULES= KMOD_SRC= MUSL_SRC='

# PID 1

$(out)/init: $(init_objects) $(elfcheck_objects) $(obj)/libkmod.a $(out)/rescue-$(RESCUE) | $(host)/elfcheck
	$(call say,LINK,$@)
	$(Q)$(CC_PID1) $(pid1_flags) $(pid1_link) -Wl,-Map=$(obj)/init.map -o $(obj)/init.full $(filter %.o %.a,$^)
	$(Q)$(tools)strip -s -R .comment -o $(obj)/init.stripped $(obj)/init.full
	$(Q)$(host)/elfcheck --profile static --arch $(ARCH) --image $(obj)/init.stripped >$(obj)/init.check || { cat $(obj)/init.check; false; }
	$(Q)mv $(obj)/init.stripped $@

# Links again when the setting changes.
$(out)/rescue-$(RESCUE):
	$(Q)mkdir -p $(@D) && rm -f $(out)/rescue-* && touch $@

$(obj)/libkmod.a: $(kmod_objects)
	$(Q)rm -f $@ && $(tools)gcc-ar rcs $@ $^

$(obj)/linux-headers: | setup
	$(Q)scripts/link-headers.sh $(ARCH) $@

$(obj)/kmod/%.o: $(kmod).ready modules/kmod-config.h | $(obj)/linux-headers
	$(call say,CC,kmod/$*.c)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC_PID1) -std=gnu11 $(pid1_flags) -w -include modules/kmod-config.h -I$(kmod) -c -o $@ $(kmod)/$*.c

# A cross compiler of our own, for PID 1 and for the programs that the tests boot.
.PHONY: compiler
compiler: | setup
	$(Q)[ $(ARCH) = $(host_arch) ] || scripts/build-musl.sh $(ARCH) $(tools)

# Always asked, as KMOD_SRC may have changed; the script touches the file only when there is something new.
$(kmod).ready: FORCE | setup compiler
	$(Q)scripts/fetch-sources.sh
FORCE:

$(obj)/modules/plan.o: common += -I$(kmod)/libkmod
$(obj)/%.o: %.c | $(kmod).ready $(obj)/linux-headers
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC_PID1) $(common) $(pid1_flags) $(warnings) -MMD -MP -c -o $@ $<

# Host command

$(host)/elfcheck: $(cli_objects)
	$(call say,LINK,$@)
	$(Q)$(CC) -O2 -o $@ $^

$(host)/obj/%.o: %.c | setup
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(common) -O2 -g $(warnings) -MMD -MP -c -o $@ $<

-include $(init_objects:.o=.d) $(elfcheck_objects:.o=.d) $(cli_objects:.o=.d)
