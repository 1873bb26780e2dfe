# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # set or read by boot.sh and its other parts
# SPDX-License-Identifier: MIT
#
# What a kernel in trouble writes, for boot.sh. The same lines wake the watch up while the machine runs and are looked
# for again in the whole log when it has ended, so that the verdict does not depend on who read what in time.
#
# A message of the kernel begins its line, or follows a time stamp where something else had begun the line. What init
# quotes in its own messages ("initgate: …") therefore does not count.

# The kernel is broken. x86: arch/x86/kernel/{dumpstack,traps}.c, arch/x86/mm/fault.c; arm64: arch/arm64/mm/fault.c,
# arch/arm64/kernel/traps.c; riscv: arch/riscv/mm/fault.c, arch/riscv/kernel/traps.c; lib/bug.c, mm/kasan/report.c.
crash_broken='Kernel panic - not syncing|BUG: |kernel BUG at |Oops[: ]|Internal error: |Unable to handle kernel |'
crash_broken+='general protection fault, |[a-z 0-9-]+: [0-9a-f]{4} \[#[0-9]+\]|UBSAN: |(traps: )?PANIC: |'
crash_broken+='Initramfs unpacking failed|Failed to execute /init '
# It does not go on. kernel/watchdog.c, kernel/hung_task.c, kernel/rcu/tree_stall.h.
crash_stuck='(NMI )?watchdog: (BUG: soft lockup|.*hard LOCKUP)|'
crash_stuck+='INFO: task .* blocked (in I/O wait )?for more than |'
crash_stuck+='(rcu: )?INFO: rcu_.*(self-detected stall|detected stalls|detected expedited stalls)'
# It complains: kernel/panic.c, kernel/locking/lockdep.c.
crash_warning='WARNING: '

crash_begin='(^|\[ *[0-9]+\.[0-9]{6}\](\[ *[CT][0-9]+\])? )'

# crash_lines FILE PATTERN: "NUMBER:TEXT" of each message of that kind.
crash_lines() {
	grep -anoE "$crash_begin($2).*" "$1" | sed -E 's/\r$//; s/^([0-9]+:)\[ *[0-9]+\.[0-9]{6}\](\[ *[CT][0-9]+\])? /\1/' || true
}

# crash_trace FILE NUMBER: from that line to the end of its trace, or a hundred lines.
crash_trace() {
	sed -nE "s/\r\$//; $2,$(($2 + 99)) { p; /---\[ end (trace|Kernel panic)/q }" "$1"
}
