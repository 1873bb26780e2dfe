#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# run.sh [ARCH...]: what init costs must not grow unseen: bench/count.sh --check against bench/baseline, for this machine's
# architecture or those named. Counted instructions do not depend on the load. TAP.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=scripts/lib/arch.sh
. "$here/../../scripts/lib/arch.sh"
[ $# -gt 0 ] || set -- "$host_arch"
exec "$here/../../bench/count.sh" --check "$@"
