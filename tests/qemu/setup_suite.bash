# shellcheck shell=bash
# SPDX-License-Identifier: MIT

# What the files boot, once for all of them, as they may run side by side.
setup_suite() {
	"$BATS_TEST_DIRNAME/../payloads/build.sh"
	[ -n "${KERNEL:-}" ] || "$BATS_TEST_DIRNAME/kmods/build.sh"
	"$BATS_TEST_DIRNAME/full-kernel.sh"
}
