# shellcheck shell=bash
# SPDX-License-Identifier: MIT

# What nearly all of the files boot, once for all of them.
setup_suite() {
	"$BATS_TEST_DIRNAME/../payloads/build.sh"
}
