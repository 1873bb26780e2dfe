# shellcheck shell=bash
# SPDX-License-Identifier: MIT

setup_suite() {
	"$BATS_TEST_DIRNAME/../payloads/build.sh"
}
