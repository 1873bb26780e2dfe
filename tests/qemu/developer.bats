# SPDX-License-Identifier: MIT
# What a kernel's developer needs of boot.sh: a kernel that breaks or hangs is named for what it is, with its own words;
# and the ways to bring things into a guest and to look at it.

load lib

setup_file() {
	[ -z "${KERNEL:-}" ] || skip "the modules are built for the kernel that 'make kernel' fetches"
}

setup() {
	export PATH=$PATH:/usr/sbin:/sbin
	kmods=$build/kmods/$ARCH/modules full=$build/full-kernel
}

# How the architectures say that the kernel wrote to address 8.
bad_address='(BUG: kernel NULL pointer dereference, address|Unable to handle kernel '
bad_address+='(NULL pointer dereference|access to user memory without uaccess routines) at virtual address)'

# breaks HOW OPTIONS...: a module's start does that to the kernel.
breaks() {
	local how=$1
	shift
	boot --modules-dir "$kmods" -m tg_break --append "tg_break.how=$how" "$@" "$payloads/hello" exit 3
}

# broke OUTCOME STATUS REGEX: the outcome, and its words on standard error and in the JSON; the stage where it happened.
broke() {
	[ "$status" = "$2" ] && [ "$(jq -r .outcome "$json")" = "$1" ] && [ "$(jq -r .exit "$json")" = "$2" ] || show
	jq -r .reason "$json" | grep -qE "$3" || show
	tail -n 1 "$stderr" | grep -qE "^boot: run '.*': .*$3.*, outcome $1, exit status $2\$" || show
	[ -z "${4:-}" ] || [ "$(jq -r .stage "$json")" = "$4" ] || show
}

# traces REGEX...: lines of the trace, in this order, in the JSON and on standard error.
traces() {
	local regex rest
	jq -r .trace "$json" >"$BATS_TEST_TMPDIR/trace"
	grep -qxFf "$BATS_TEST_TMPDIR/trace" "$stderr" || show
	rest=$(cat "$BATS_TEST_TMPDIR/trace")
	for regex; do
		[[ $rest =~ $regex ]] || { echo "no '$regex' in: $rest" && show; }
		rest=${rest#*"${BASH_REMATCH[0]}"}
	done
}

# Times from the event to the return of boot.sh, measured with nothing else on the machine: docs/BOOT.md.

@test "a kernel that panics in a module: its words, the trace, the module" {
	breaks panic
	broke panic 125 "Kernel panic - not syncing: tg_break was asked for it, while loading module 'tg_break'" modules
	traces 'Kernel panic' 'Call [Tt]race:' 'tg_break_init'
}

@test "a module whose start oopses: the kernel is stopped, the trace is whole" {
	breaks oops
	broke panic 125 "($bad_address)[ :]* 0{15}8, while loading module 'tg_break'" modules
	traces "^[^"$'\n'"]*$bad_address" 'Oops' 'tg_break_init' 'end trace [0-9a-f]* ]---$'
	grep -aqE 'Kernel panic - not syncing: (Oops: )?Fatal exception' "$console" || show
}

# bats test_tags=once
@test "--go-on: the guest runs on after an oops, and its payload, but it stays a failure" {
	mkdir "$BATS_TEST_TMPDIR/modprobe.d"
	echo 'softdep tg_one pre: tg_break' >"$BATS_TEST_TMPDIR/modprobe.d/a.conf" # a softdep may fail
	boot --go-on --modules-dir "$kmods" -m tg_break,tg_one --add "$BATS_TEST_TMPDIR/modprobe.d:/etc/modprobe.d" \
		--conf modules=tg_one --append tg_break.how=oops --conf profile=static "$busybox" sleep 4
	broke panic 125 "BUG: kernel NULL pointer dereference.*, while loading module 'tg_break'" modules
	grep -q "^boot: the kernel's log: .*BUG: kernel NULL.*, going on$" "$stderr" || show
	last '.outcome == "exited" and .exit == 0'
	! grep -aq 'Kernel panic' "$console" || show
}

# bats test_tags=once
@test "BUG() is named with its place" {
	breaks bug
	broke panic 125 'kernel BUG at .*tg_break.c:[0-9]*!' modules
	traces 'kernel BUG at' 'invalid opcode' 'end trace'
}

# bats test_tags=once
@test "a WARNING is noted; with --fail-on-warning it is a failure" {
	breaks warn
	[ "$status" = 3 ] && [ "$(jq -r .outcome "$json")" = exited ] || show
	jq -e '.warnings | length == 1 and (.[0] | test("^WARNING: .*tg_break_init"))' "$json" || show
	grep -q "^boot: the kernel's log: 'WARNING: .*tg_break_init.*', noted only$" "$stderr" || show
	[ "$(wc -l <"$stderr")" = 1 ] || show
	breaks warn --fail-on-warning
	broke panic 125 'WARNING: .*, and --fail-on-warning is given'
}

@test "a module whose start sleeps for ever: named, with the registers, before any other budget is spent" {
	boot --modules-dir "$kmods" -m tg_hang "$payloads/hello"
	broke hang 124 "silent for 4 s, while loading module 'tg_hang'" modules
	grep -qE '^(RIP=| *PC=| pc )' "$stderr" || show
}

@test "a module whose start spins, with interrupts or without" {
	for how in spin deaf; do
		breaks $how
		broke hang 124 "silent for 4 s, while loading module 'tg_break'" modules
		grep -qE '^(RIP=| *PC=| pc )' "$stderr" || show
		jq -e '.timings_ms.qemu_cpu < 14000' "$json" || show # the boot and 4 s, not --silence, which is 15
	done
}

# bats test_tags=once
@test "the CPU time is spent: a hang before the payload, with the stage" {
	breaks spin --timeout 6 --silence 60
	broke hang 124 "not done after [0-9]+ s of CPU time, [0-9]+ s on the clock, while loading module 'tg_break'" modules
	# The clock has four times as much; on a busy host it may come first.
	[[ $(jq -r .reason "$json") =~ after\ ([0-9]+)\ s.*\ ([0-9]+)\ s ]]
	[ "${BASH_REMATCH[1]}" -le 9 ] && { [ "${BASH_REMATCH[1]}" -ge 6 ] || [ "${BASH_REMATCH[2]}" -ge 24 ]; } || show
}

# bats test_tags=once
@test "a payload may be silent for longer than --silence" {
	boot --silence 1 --append loglevel=7 --conf profile=static "$busybox" sleep 4
	ended exited 0
	boot --silence 5 --append quiet --conf profile=static "$busybox" sleep 8
	ended exited 0
}

# bats test_tags=once
@test "init sleeps in its own wait: the stage is named" {
	boot --silence 2 --conf wait=/dev/nothing --conf wait_timeout=60 "$payloads/hello"
	broke hang 124 "silent for 2 s, in stage 'devices'" devices
}

# bats test_tags=once
@test "report=vport: without the module in the image: no-report, and what init wrote elsewhere" {
	boot --machine pc --append initgate.report=vport:initgate.report --silence 5 --conf profile=static \
		--qemu-arg -chardev --qemu-arg "file,id=vport,path=$BATS_TEST_TMPDIR/vport" \
		--qemu-arg -device --qemu-arg virtio-serial-pci \
		--qemu-arg -device --qemu-arg virtserialport,chardev=vport,name=initgate.report "$busybox" sh -c 'sleep 8; exit 9'
	broke no-report 125 'no last line over the result channel.*to the kernel.s log instead: exited, exit status 9'
	grep -aq "initgate: report: open 'vport:initgate.report': .*, going on without it" "$console" || show
}

# bats test_tags=once
@test "a kernel without a serial driver: no-report, and which options it needs" {
	boot --append initcall_blacklist=serial8250_init "$payloads/hello"
	broke no-report 125 "to the kernel's log instead: init-failed.*built in: .*CONFIG_SERIAL_8250"
}

# bats test_tags=pc
@test "nothing at all comes out of the machine: no-report or hang, and which options it needs" {
	boot --append 8250.nr_uarts=0 "$payloads/hello"
	broke no-report 125 'nothing at all came out of the machine; a kernel for machine .microvm. needs .*CONFIG_SERIAL_8250'
	boot --append '8250.nr_uarts=0 rdinit=/nothing panic=0' --silence 3 "$payloads/hello"
	broke hang 124 'silent for 3 s, and nothing at all came out of the machine; .*CONFIG_SERIAL_8250'
}

# bats test_tags=once
@test "a panic that does not end the machine is one all the same" {
	boot --append 'panic=0 rdinit=/nothing' --silence 60 "$payloads/hello"
	broke panic 125 'Kernel panic - not syncing: VFS: .*, before the kernel started init'
	jq -e '.timings_ms.qemu_cpu < 30000' "$json" || show # it computes for ever, and no budget was spent
	traces 'Kernel panic' 'end Kernel panic'
}

# What other architectures and other options of the kernel say; nothing here can make them say it.
# bats test_tags=once
@test "the words of a broken kernel, and those that are none" {
	. "$root/scripts/lib/crash.sh"
	log=$BATS_TEST_TMPDIR/log
	while IFS= read -r line; do
		for stamp in '' '[    1.234567] ' '[   12.345678][    T1] ' '[    0.000000][   C0] ' 'half a line[    1.234567] '; do
			[ -n "$stamp" ] || [[ $line != ' '* ]] || continue
			printf '%s%s\r\n' "$stamp" "$line" >"$log"
			[ "$(crash_lines "$log" "$crash_broken")" = "1:$line" ] || { echo "broken: $stamp$line" && return 1; }
		done
	done <<-'END'
		Kernel panic - not syncing: Attempted to kill init! exitcode=0x00000100
		BUG: unable to handle page fault for address: ffffc90000000000
		BUG: KASAN: slab-out-of-bounds in f+0x1/0x2 [m]
		BUG: KFENCE: use-after-free read in f+0x1/0x2
		BUG: sleeping function called from invalid context at kernel/a.c:1
		BUG: workqueue lockup - pool cpus=0 node=0 flags=0x0 nice=0 stuck for 30s!
		kernel BUG at mm/slub.c:1!
		Oops: general protection fault, probably for non-canonical address 0xdead000000000100: 0000 [#1] SMP
		Oops [#1]
		general protection fault, maybe for address 0x0: 0000 [#1] PREEMPT SMP
		divide error: 0000 [#1] PREEMPT SMP NOPTI
		Unable to handle kernel NULL pointer dereference at virtual address 0000000000000008
		Unable to handle kernel paging request at virtual address ffff800008000000
		Internal error: Oops: 0000000096000046 [#1] SMP
		UBSAN: array-index-out-of-bounds in drivers/a.c:1:2
		traps: PANIC: double fault, error_code: 0x0
		PANIC: early exception 0x0d IP 10:ffffffff81000000 error 0 cr2 0xffff88001fbff000
		Initramfs unpacking failed: write error
		Failed to execute /init (error -8)
	END
	while IFS= read -r line; do
		printf '[    1.234567] %s\r\n' "$line" >"$log"
		[ "$(crash_lines "$log" "$crash_stuck")" = "1:$line" ] || { echo "stuck: $line" && return 1; }
		[ -z "$(crash_lines "$log" "$crash_broken")" ] || { echo "not broken: $line" && return 1; }
	done <<-'END'
		watchdog: BUG: soft lockup - CPU#0 stuck for 26s! [init:79]
		NMI watchdog: BUG: soft lockup - CPU#0 stuck for 22s! [init:79]
		watchdog: Watchdog detected hard LOCKUP on cpu 1
		NMI watchdog: Watchdog detected hard LOCKUP on cpu 1
		rcu: INFO: rcu_preempt self-detected stall on CPU
		rcu: INFO: rcu_sched detected stalls on CPUs/tasks:
		INFO: rcu_tasks detected stalls on tasks:
		rcu: INFO: rcu_preempt detected expedited stalls on CPUs/tasks: { 1-...D } 21 jiffies s: 1
		INFO: task init:79 blocked for more than 120 seconds.
		INFO: task init:79 blocked in I/O wait for more than 120 seconds.
	END
	while IFS= read -r line; do
		printf '%s\r\n' "$line" >"$log"
		[ -z "$(crash_lines "$log" "$crash_broken|$crash_stuck")" ] || { echo "none: $line" && return 1; }
	done <<-'END'
		[    1.234567] initgate: modules: load 'm': BUG: of its own, Oops: not the kernel's
		[    1.234567] initgate: done: {"event":"done","reason":"Kernel panic - not syncing"}
		[    1.234567] hello[84]: segfault at 0 ip 0000000000401000 sp 00007ffd error 4 in hello[401000+1000]
		[    1.234567] traps: hello[84] general protection fault ip:401000 sp:7ffd error:0 in hello[401000+1000]
		[    1.234567] ACPI BIOS Error (bug): A valid RSDP was not found
		[    1.234567] x86/mm: Checked W+X mappings: passed, no W+X pages found.
		[    1.234567] debug: BUG: in the middle
	END
}

# ---- what comes into the guest

# bats test_tags=once
@test "--env: a value given, a value from here; --initrd takes them as well" {
	local image
	"$root/scripts/mkinitramfs.sh" -o "$BATS_TEST_TMPDIR/image" "$payloads/hello" -- state
	# What ends the settings on the command line does not end ours.
	for image in "$payloads/hello state" "--initrd $BATS_TEST_TMPDIR/image"; do
		# shellcheck disable=SC2086 # words
		HERE='from here' boot --append '-- state' --env GIVEN='two=words, 2' --env HERE --env EMPTY= $image
		ended exited 0
		jq -e '.env | index("GIVEN=two=words, 2") and index("HERE=from here") and index("EMPTY=")' "$stdout" || show
	done
}

# wrong_call LINE OPTIONS...: that and nothing else is said, nothing is booted.
wrong_call() {
	[[ " $* " = *' --initrd '* ]] || set -- "$@" "$payloads/hello"
	boot "${@:2}"
	[ "$status" = 125 ] && [ "$(cat "$stderr")" = "boot: $1, not booted" ] && [ ! -s "$console" ] || show
}

# bats test_tags=once
@test "what cannot be brought into the guest is a wrong call" {
	local image=$payloads/hello own='it needs an image that is built here, not --initrd'
	unset NOWHERE
	wrong_call "read option '--env 2X=1': not NAME=VALUE or NAME" --env 2X=1
	wrong_call "read option '--env NOWHERE': there is no such variable here" --env NOWHERE
	wrong_call "pass on 'env.A=b\"c': a kernel command line cannot hold a line break or a double quote" --initrd "$image" --env 'A=b"c'
	wrong_call "read option '-m': $own" --initrd "$image" --force -m dm_verity
	wrong_call "read option '--add': $own" --initrd "$image" --stdin --add /etc/passwd:/a
	wrong_call "read argument '$payloads/hello': the image of --initrd has its own payload" --initrd "$image" "$payloads/hello"
	wrong_call "open '/nothing': no such image" --initrd /nothing
	wrong_call "read option '--stdin': with --interactive the payload reads the terminal" --stdin --interactive
	wrong_call "read option '--also': no program is given" --also ' '
	wrong_call "open '/nowhere': no such program" --also '/nowhere x'
	wrong_call "open '/nowhere': no such directory" --share /nowhere
	wrong_call "read option '--share /tmp:/a,b': a comma, white space or a quote in it" --share /tmp:/a,b
}

# bats test_tags=once
@test "--stdin: every byte value, many bytes, none at all, and then the end" {
	printf '%b' "$(printf '\\0%o' {0..255})" >"$BATS_TEST_TMPDIR/all"
	cp "$BATS_TEST_TMPDIR/all" "$BATS_TEST_TMPDIR/many"
	for i in $(seq 12); do cat "$BATS_TEST_TMPDIR"/{many,many} >"$BATS_TEST_TMPDIR/more" && mv "$BATS_TEST_TMPDIR"/{more,many}; done
	for input in all many; do
		boot --stdin --conf profile=static "$busybox" cat <"$BATS_TEST_TMPDIR/$input"
		ended exited 0
		cmp "$BATS_TEST_TMPDIR/$input" "$stdout" || show
	done
	true | { boot --stdin --conf profile=static "$busybox" wc -c && ended exited 0 && wrote $'0\n'; }
}

# bats test_tags=once
@test "without --stdin the payload reads nothing and boot.sh leaves its input to others" {
	printf 'first\nsecond\n' | {
		boot --conf profile=static "$busybox" wc -c
		ended exited 0
		wrote $'0\n'
		[ "$(cat)" = $'first\nsecond' ]
	}
}

@test "--also: each runs with its own arguments, each has its own result, the first failure is the boot's" {
	boot --also "$payloads/hello args a "$'\tb\nc' --also "$payloads/hello exit 4" --also "$payloads/hello-pie x" \
		--also "$payloads/hello exit 5" "$payloads/hello" args 'one two'
	ended exited 4
	wrote $'["one two"]\n["a","b","c"]\n'
	jq -c '.payloads[] | [.payload, .outcome, .exit]' "$json" | cmp - <(cat <<-'END'
		["/bin/hello","exited",0]
		["/bin/also1/hello","exited",0]
		["/bin/also2/hello","exited",4]
		["/bin/also3/hello-pie","refused",125]
		["/bin/also4/hello","exited",5]
	END
	) || show
	jq -e '.reason == null and (.payloads[3].reason | test("interp-present")) and (.payloads[4].reason == null)' "$json" || show
	[ "$(grep -c "^boot: ran '/bin/.*': .*, outcome .*, exit status [0-9]*$" "$stderr")" = 5 ] || show
}

# bats test_tags=once
@test "--also: all go well; and a first one that is refused does not keep the others back" {
	boot --also "$payloads/hello exit 0" "$payloads/hello" exit 0
	ended exited 0
	boot --force --also "$payloads/hello exit 6" "$payloads/hello-pie"
	ended refused 125
	jq -e '(.reason | test("interp-present")) and .payloads[1].exit == 6' "$json" || show
}

# bats test_tags=once
@test "--also: a payload that never ends keeps no other result secret" {
	boot --timeout 5 --also "$payloads/hello hang" --also "$payloads/hello" "$payloads/hello" exit 0
	[ "$status" = 124 ] && [ "$(jq -r .outcome "$json")" = timeout ] || show
	jq -e '.payloads | length == 1 and .[0].exit == 0' "$json" || show
}

# Of what stands behind the image the kernel must see where it begins. So one ends three bytes before a multiple of four, as
# the last zeroes are cut off; and what lz4 has packed, whose end nothing marks, two bytes before a block of 512.
@test "--initrd with --stdin: every byte arrives, whatever the image's compression and length; the image stays as it is" {
	local image=$BATS_TEST_TMPDIR/image all=$BATS_TEST_TMPDIR/all how sum n=0
	for i in $(seq 0 255); do printf '%b' "\\0$(printf %o "$i")"; done >"$all"
	for how in $(variants zstd none lz4); do
		"$root/scripts/mkinitramfs.sh" -o "$image" --compress "$how" --conf profile=static "$busybox" -- cat
		case $how in
		none)
			[ -z "$(tail -c 3 "$image" | tr -d '\0')" ]
			truncate -s -3 "$image"
			;;
		lz4)
			cp "$image" "$image.lz4"
			until [ $(($(stat -c %s "$image") % 512)) = 510 ]; do
				n=$((n + 255))
				{ cat "$image.lz4" && head -c $n /dev/zero | lz4 -q -l -c; } >"$image"
			done
			;;
		esac
		sum=$(sha256sum "$image")
		boot --initrd "$image" --stdin <"$all"
		ended exited 0
		cmp "$all" "$stdout" || show
		[ "$(sha256sum "$image")" = "$sum" ]
	done
}

# The image's own arguments are replaced: what ends the settings on the command line must not end ours.
@test "--initrd with --also: each is verified in the guest, has its own arguments and its own result" {
	local image=$BATS_TEST_TMPDIR/image sum
	"$root/scripts/mkinitramfs.sh" -o "$image" "$payloads/hello" -- args one
	sum=$(sha256sum "$image")
	boot --initrd "$image" --also "$payloads/hello args a "$'\tb\nc' --also "$payloads/hello exit 0" --also "$payloads/hello-pie x" \
		--also "$payloads/hello exit 5" --append '-- args two'
	ended refused 125
	wrote $'["two"]\n["a","b","c"]\n'
	jq -c '.payloads[] | [.payload, .outcome, .exit]' "$json" | cmp - <(cat <<-'END'
		["/bin/hello","exited",0]
		["/initgate.boot/also1/hello","exited",0]
		["/initgate.boot/also2/hello","exited",0]
		["/initgate.boot/also3/hello-pie","refused",125]
		["/initgate.boot/also4/hello","exited",5]
	END
	) || show
	jq -e '.payloads[3].reason | test("interp-present")' "$json" || show
	[ "$(sha256sum "$image")" = "$sum" ]
}

# bats test_tags=once
@test "--initrd: what the image locks is not taken, and a run without it is refused, whatever its payload says" {
	local image=$BATS_TEST_TMPDIR/image without='so the payload ran without what was asked for'
	"$root/scripts/mkinitramfs.sh" -o "$image" --conf lock=payload,stdin,env.SEED --conf profile=static \
		"$busybox" -- sh -c 'echo "seed $SEED"'
	boot --initrd "$image" --also "$payloads/hello"
	broke refused 125 "the image locks 'also', $without"
	wrote $'seed \n'
	boot --initrd "$image" --env SEED=7
	broke refused 125 "the image locks 'env.SEED', $without"
	wrote $'seed \n'
	boot --initrd "$image" --stdin --append "-- cat" --timeout 3 <<<word # which waits for the console
	broke refused 125 "the image locks 'stdin', $without"
	[ ! -s "$stdout" ] || show
	# A console without init's words hides a lock; a payload that is missing it does not.
	boot --initrd "$image" --append quiet --also "$payloads/hello"
	broke no-report 125 '0 of 2 payloads have a result'
	boot --initrd "$image" --append quiet --env SEED=7
	ended exited 0
	[ "$(cat "$stderr")" = "boot: find a lock of 'env.SEED': the console has no words of init (quiet, loglevel=), noted only" ] || show
	# What nobody asked for is no matter.
	boot --initrd "$image"
	ended exited 0
	[ ! -s "$stderr" ] || show
}

# bats test_tags=once
@test "--share: read at the path that is asked for; nothing can be written, with --share-rw it can" {
	mkdir -p "$BATS_TEST_TMPDIR/dir/sub"
	cp "$payloads/hello" "$BATS_TEST_TMPDIR/dir/sub/file"
	export KERNEL=$full/vmlinuz
	boot --conf profile=static --modules-dir "$full/modules" --share "$BATS_TEST_TMPDIR/dir:/a/b" \
		--also "$busybox grep -q /a/b.9p.ro, /proc/mounts" --also "$busybox touch /a/b/new" \
		--also "$busybox mount -o remount,rw /a/b" --also "$busybox touch /a/b/new" "$busybox" cat /a/b/sub/file
	ended exited 1
	# Neither the guest's own mount lets it, nor the host when the guest has changed that.
	jq -e '[.payloads[].exit] == [0, 0, 1, 0, 1]' "$json" || show
	cmp "$payloads/hello" "$stdout" || show
	[ ! -e "$BATS_TEST_TMPDIR/dir/new" ] || show
	boot --conf profile=static --modules-dir "$full/modules" --share-rw "$BATS_TEST_TMPDIR/dir" \
		"$busybox" touch /mnt/share/new
	ended exited 0
	[ -e "$BATS_TEST_TMPDIR/dir/new" ] || show
}

# bats test_tags=once
@test "--share with --initrd: an image that lacks the modules, and one that locks mount" {
	local image=$BATS_TEST_TMPDIR/image
	export KERNEL=$full/vmlinuz
	"$root/scripts/mkinitramfs.sh" -o "$image" "$payloads/hello" -- exit 0
	boot --initrd "$image" --share "$BATS_TEST_TMPDIR:/a"
	broke init-failed 125 "mounts: mount 9p on '/a': No such device"
	"$root/scripts/mkinitramfs.sh" -o "$image" --conf lock=mount "$payloads/hello" -- exit 0
	boot --initrd "$image" --share "$BATS_TEST_TMPDIR:/a"
	broke refused 125 "the image locks 'mount', so the payload ran without what was asked for"
}

# bats test_tags=once
@test "--share with a kernel that has no 9p is refused before the boot" {
	boot --share "$BATS_TEST_TMPDIR" "$payloads/hello"
	[ "$status" = 125 ] && [ "$(jq -r .outcome "$json")" = refused ] || show
	grep -q "^kernel: check 'CONFIG_9P_FS': it is not set, the shared directory cannot be mounted, not booted" "$stderr" || show
}

# ---- what its tests say

# tested STATUS TESTS OPTIONS...: busybox is the payload, with these counts in the JSON
tested() {
	boot --add "$BATS_TEST_TMPDIR/said:/said" --conf profile=static --tap "$BATS_TEST_TMPDIR/tap" --junit "$BATS_TEST_TMPDIR/junit" \
		"$busybox" "${@:3}"
	ended exited "$1"
	jq -e --argjson tests "$2" '.tests | [.planned, .passed, .failed, .skipped, .todo] == $tests' "$json" || show
}

# bats test_tags=once
@test "--tap, --junit: a failed test is exit status 1 where the payload ends with 0; its output is as it was" {
	printf '%s\n' 'KTAP version 1' '1..2' 'ok 1 a' '# why' 'not ok 2 b' >"$BATS_TEST_TMPDIR/said"
	tested 1 '[2,1,1,0,0]' cat /said
	cmp "$BATS_TEST_TMPDIR/said" "$stdout" || show
	[ "$(cat "$BATS_TEST_TMPDIR/tap")" = $'TAP version 13\n1..2\nok 1 - a\nnot ok 2 - b\n# # why' ] || show
	[ "$(xmllint --xpath 'string(//testcase[@name="b"]/failure)' "$BATS_TEST_TMPDIR/junit")" = '# why' ] || show
	[ "$(xmllint --xpath 'string(//testsuite/@name)' "$BATS_TEST_TMPDIR/junit")" = busybox ] || show
	tail -n 1 "$stderr" | grep -q "^boot: run '.*busybox': its tests failed .*, outcome exited, exit status 1$" || show
	tested 3 '[2,1,1,0,0]' sh -c 'cat /said; exit 3' # its own status says more
	tested 0 '[1,1,0,0,0]' echo 'ok 1 a'
	[ ! -s "$stderr" ] || show
	tested 1 '[0,0,0,0,0]' true
}

# ---- who sits in front of it

# on_terminal COMMAND: it runs on a terminal; the test awaits what comes there (descriptor words) and types (descriptor
# keys). finish_terminal waits for its end.
on_terminal() {
	place
	heard=()
	mkfifo "$BATS_TEST_TMPDIR/words" "$BATS_TEST_TMPDIR/keys"
	exec {words}<>"$BATS_TEST_TMPDIR/words" {keys}<>"$BATS_TEST_TMPDIR/keys"
	script -qefc "$1" "$BATS_TEST_TMPDIR/typescript" <"$BATS_TEST_TMPDIR/keys" >"$BATS_TEST_TMPDIR/words" 2>&1 3>&- &
	boot_pid=$!
}

finish_terminal() {
	status=0
	wait "$boot_pid" || status=$?
	boot_pid=''
	stderr=$BATS_TEST_TMPDIR/typescript
	exec {words}<&- {keys}<&-
}

@test "--interactive: a shell on this terminal, Ctrl-C for the guest, its exit status, the terminal as it was" {
	cat >"$BATS_TEST_TMPDIR/around" <<-END
		stty rows 33 cols 99
		before=\$(stty -g)
		"$root/scripts/boot.sh" --interactive --timeout 1 --json "$BATS_TEST_TMPDIR/json"
		status=\$?
		test "\$(stty -g)" = "\$before" && echo unchanged
		exit \$status
	END
	TERM=vt220 on_terminal "bash $BATS_TEST_TMPDIR/around"
	await "$words" '[/~] # '
	printf 'sh -c "echo up-\$\$; sleep 1000"\r' >&"$keys"
	await "$words" 'up-[0-9]+'
	printf '\x03' >&"$keys"
	await "$words" '[/~] # '
	printf 'echo status-$?-$TERM-$LINES-$COLUMNS; exit 7\r' >&"$keys"
	await "$words" 'status-130-vt220-33-99'
	await "$words" 'unchanged'
	finish_terminal
	[ "$(grep -aoF 'sleep 1000' "$stderr" | wc -l)" = 1 ] || show # what is typed is shown once, by the guest
	! grep -aqE 'Linux version|Run /init' "$stderr" || show # the terminal is not the kernel's
	[ "$status" = 7 ] && [ "$(jq -r .outcome "$BATS_TEST_TMPDIR/json")" = exited ] || show
}

# bats test_tags=once
@test "--interactive: Ctrl-A x ends a machine that hears nothing" {
	on_terminal "$root/scripts/boot.sh --interactive --append loglevel=7 --modules-dir $kmods -m tg_hang \
		--conf modules_timeout=1000 $payloads/hello"
	await "$words" 'Run /init'
	printf '\x01x' >&"$keys"
	finish_terminal
	[ "$status" = 125 ] && grep -q 'outcome no-report' "$stderr" || show
}

# bats test_tags=once
@test "--interactive without a terminal is a wrong call" {
	local line="boot: read option '--interactive': standard input and output are not a terminal, not booted"
	boot --interactive </dev/null
	[ "$status" = 125 ] && [ "$(cat "$stderr")" = "$line" ] || show
	for one in '</dev/null' '>/dev/null'; do # the other one is a terminal
		status=0
		timeout 60 script -qefc "$root/scripts/boot.sh --interactive $one" "$stderr" </dev/null >/dev/null || status=$?
		[ "$status" = 125 ] && grep -qF "$line" "$stderr" || show
	done
}

# bats test_tags=once
@test "--gdb: the kernel waits for the debugger that the line starts" {
	command -v gdb || skip 'no gdb'
	place
	mkfifo "$BATS_TEST_TMPDIR/err"
	"$root/scripts/boot.sh" --gdb --timeout 1 --json "$json" --console "$console" "$payloads/hello" exit 6 >"$stdout" 2>"$BATS_TEST_TMPDIR/err" 3>&- &
	boot_pid=$!
	exec {err}<"$BATS_TEST_TMPDIR/err"
	read -r line <&"$err"
	[[ $line =~ ^'boot: the kernel waits for: gdb '.*' -ex '"'"(target remote .*)"'"' -ex continue'$ ]]
	timeout 60 gdb -nx -batch -ex "${BASH_REMATCH[1]}" -ex 'print/x $pc' -ex detach >"$BATS_TEST_TMPDIR/gdb" 2>&1 </dev/null
	grep -qx '$1 = 0xfff0' "$BATS_TEST_TMPDIR/gdb" # where the processor begins
	status=0
	wait "$boot_pid" || status=$?
	boot_pid=''
	[ "$status" = 6 ] # and --timeout 1 did not count
	grep -aq 'ommand line: .* nokaslr' "$console"
}

# bats test_tags=once
@test "on a terminal the stages are shown while they last; otherwise nothing is" {
	on_terminal "$root/scripts/boot.sh $payloads/hello exit 0"
	await "$words" $'\r\x1b\\[Kdevices '
	finish_terminal
	[ "$status" = 0 ] || show
	! grep -aqE $'\r\x1b\\[K(launch|payload) ' "$stderr" || show # the terminal is the payload's by then
	boot "$payloads/hello" exit 0
	[ ! -s "$stderr" ] || show
}
