# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2154,SC2317 # for others; warm.sh reads and sets them, calls these
# SPDX-License-Identifier: MIT
#
# boot.sh --warm without a machine: what its key depends on, what is not for it, what the job holds, when a copy is
# believed, which machines are kept.

setup() {
	export LC_ALL=C # as boot.sh does
	scripts=$BATS_TEST_DIRNAME/../../scripts
	. "$scripts/lib/crash.sh"
	. "$scripts/lib/watch.sh"
	. "$scripts/lib/warm.sh"
	warm_cache=$BATS_TEST_TMPDIR/warm
	mkdir "$warm_cache"
	warm_kept=4 warm_kept_mib=8
	# What boot.sh has when it asks.
	here=$scripts arch=x86_64 machine=microvm default_machine=microvm memory=256 cpu='' cpu_emulated=max without='' accel=tcg
	go_on='' fail_on_warning='' timeout=60 silence=15 console='' json='' tap='' keep='' verbose=''
	initrd='' disk='' share='' read_stdin='' interactive='' gdb='' machine_append=words
	machine_args=(-M microvm) append=() also=() qemu_args=() image_options=()
	run=$BATS_TEST_TMPDIR/run payload=("$BATS_TEST_TMPDIR/payload")
	mkdir "$run"
	echo program >"${payload[0]}" && chmod 755 "${payload[0]}"
	warm_accel() { :; }
}

# ---- which are kept

# machine NAME MINUTES KIB: one that was last used so long ago
machine() {
	mkdir "$warm_cache/$1"
	dd if=/dev/urandom of="$warm_cache/$1/ram" bs=1K count="$3" status=none
	: >"$warm_cache/$1/used" && touch -d "-$2 minutes" "$warm_cache/$1/used"
	touch -d "-$((100 - $2)) minutes" "$warm_cache/$1" # made in the other order
}

# clean NAME: which are there after somebody used that one
clean() {
	warm_dir=$warm_cache/$1
	warm_clean
	ls "$warm_cache"
}

@test "the four that were used last stay" {
	machine a 10 1 && machine b 50 1 && machine c 30 1 && machine d 20 1 && machine e 40 1
	[ "$(clean a)" = $'a\nc\nd\ne' ]
	[ "$(clean a)" = $'a\nc\nd\ne' ]
}

@test "there is a limit to the disk they take, which the one in use may be above" {
	machine a 10 3000 && machine b 20 3000 && machine c 30 3000
	[ "$(clean a)" = $'a\nb' ]
	warm_kept_mib=1
	[ "$(clean b)" = b ]
}

@test "what a maker works on is nobody's yet" {
	machine new.1 90 1 && machine a 10 1 && machine b 20 1 && machine c 30 1 && machine d 40 1
	[ "$(clean a)" = $'a\nb\nc\nd\nnew.1' ]
}

# ---- which is the one

# All that a machine is made of, in small.
make_inputs() {
	local file
	here=$BATS_TEST_TMPDIR/scripts kernel=$BATS_TEST_TMPDIR/vmlinuz place_cache=$BATS_TEST_TMPDIR
	place_init=$BATS_TEST_TMPDIR/init place_sets=$BATS_TEST_TMPDIR/sets place_skel=$BATS_TEST_TMPDIR/skel
	place_modules=$BATS_TEST_TMPDIR/modules other=$BATS_TEST_TMPDIR/other qemu=qemu-system-x
	modules=lib/modules/6.1
	mkdir -p "$here"/{lib,arch} "$place_sets" "$place_skel/etc" "$BATS_TEST_TMPDIR/bin" {"$place_modules","$other"}/{$modules,lib/firmware}
	PATH=$BATS_TEST_TMPDIR/bin:$PATH
	always=("$kernel" "$place_init" "$here"/{mkinitramfs.sh,lib/warm.sh,arch/x.sh} "$place_sets/virtio.list" "$place_skel/etc/passwd"
		"$BATS_TEST_TMPDIR/bin/$qemu")
	asked=("$place_modules"/{$modules/m.ko,lib/firmware/a.bin} "$other"/{added,init,skel,$modules/m.ko,lib/firmware/a.bin})
	for file in "${always[@]}" "${asked[@]}"; do
		printf 'first' >"$file" && chmod 755 "$file"
	done
	cp "$scripts/lib/conf.sh" "$here/lib/"
	later "${asked[-1]}"
}

# later FILE: waits until the file system's clock has moved on.
later() {
	until [ "$BATS_TEST_TMPDIR/now" -nt "$1" ]; do : >"$BATS_TEST_TMPDIR/now"; done
}

key() {
	warm_options=() warm_conf=() warm_environment=() warm_key=''
	warm_take_options && warm_look && echo "$warm_key"
}

# overwrite FILE: same inode, size, mode and time of change; who has no clock that he can set is ctime.
overwrite() {
	touch -r "$1" "$BATS_TEST_TMPDIR/stamp"
	printf 'other' >"$1"
	touch -r "$BATS_TEST_TMPDIR/stamp" "$1"
	[ "$(stat -c '%s %y' "$1")" = "$(stat -c '5 %y' "$BATS_TEST_TMPDIR/stamp")" ]
}

# new_key OBJECT COMMAND...: the command changes the key, and doing nothing does not.
new_key() {
	local before after
	before=$(key)
	[ -n "$before" ]
	[ "$before" = "$(key)" ]
	"${@:2}"
	after=$(key)
	[ -n "$after" ] && [ "$before" != "$after" ] || { echo "$1: $before, $after" && return 1; }
}

@test "each file that a machine is made of is in its key, though size and times are the same" {
	local file
	make_inputs
	for file in "${always[@]}"; do new_key "$file" overwrite "$file"; done
	image_options=(-m virtio)
	for file in "$place_modules"/{$modules/m.ko,lib/firmware/a.bin}; do new_key "$file" overwrite "$file"; done
	image_options=(-m virtio --modules-dir "$other" --add "$other/added:/etc/a" --init "$other/init" --skel "$other/skel")
	for file in "$other"/{$modules/m.ko,lib/firmware/a.bin,added,init,skel}; do new_key "$file" overwrite "$file"; done
}

@test "files that come, go, and are others of the same name are other keys" {
	make_inputs
	image_options=(-m virtio)
	new_key 'one more' cp "$place_modules/$modules/m.ko" "$place_modules/$modules/n.ko"
	new_key 'one less' rm "$place_modules/$modules/n.ko"
	new_key 'another mode' chmod 644 "$place_skel/etc/passwd"
	cp -p "$kernel" "$BATS_TEST_TMPDIR/copy"
	new_key 'another inode' mv "$BATS_TEST_TMPDIR/copy" "$kernel"
	cp -p "$kernel" "$BATS_TEST_TMPDIR/copy"
	new_key 'another path' eval 'kernel=$BATS_TEST_TMPDIR/copy'
}

@test "each setting of a machine is in its key" {
	local setting
	make_inputs
	while read -r setting; do
		new_key "$setting" eval "$setting"
	done <<-'EOT'
		memory=257
		cpu_emulated=max,erms=off
		cpu=qemu64
		without=,locks
		go_on=1
		machine_args+=(-device x)
		machine_append+=' more'
		append+=(a=1)
		append+=(a=2)
		image_options+=(--conf hostname=a)
		image_options+=(--conf hostname=b)
		image_options+=(-m virtio)
		image_options+=(--compress none)
		image_options+=(--kernel-version 6.1)
		image_options=(--conf 'hostname=a --conf x=b')
		image_options=(--conf hostname=a --conf x=b)
		image_options+=(--add "$other/added:/etc/a")
		export SOURCE_DATE_EPOCH=5
		warm_format=2
		warm_window=32
	EOT
}

@test "a boot of this host is in the key" {
	make_inputs
	warm_take_options && warm_look
	grep -qx "$(cat /proc/sys/kernel/random/boot_id)" <<<"$warm_inputs"
}

@test "what only this run needs is not in the key" {
	local setting before
	make_inputs
	image_options=(--conf hostname=a)
	before=$(key)
	while read -r setting; do
		eval "$setting"
		[ "$(key)" = "$before" ] || { echo "$setting" && return 1; }
	done <<-'EOT'
		payload+=(-v 'two words')
		echo longer >>"${payload[0]}"
		cp "${payload[0]}" "$BATS_TEST_TMPDIR/-v"; payload[0]=$BATS_TEST_TMPDIR/-v
		cd "$BATS_TEST_TMPDIR"; payload[0]=-v
		image_options+=(--conf env.A=1)
		timeout=5 silence=2 verbose=1 fail_on_warning=1 tap=x json=x keep=x console=x
	EOT
	warm_take_options && warm_look
	[ "$payload_size $payload_mode" = "$(stat -c '%s %a' ./-v)" ]
}

@test "a payload that is no file is none for it" {
	make_inputs
	warm_take_options
	for payload in "$BATS_TEST_TMPDIR/nothing" "$BATS_TEST_TMPDIR" /dev/null; do
		! warm_look || false
		[ "$warm_reason" = 'the payload is no file that can be read' ]
		warm_reason=''
	done
}

# ---- what it cannot do

@test "options and settings that are not for a machine that waits" {
	local setting reason
	while IFS='|' read -r setting reason; do
		(
			eval "$setting"
			! warm_take_options && [[ $warm_reason =~ ^$reason$ ]] || { echo "$setting: $warm_reason" && exit 1; }
		)
	done <<-'EOT'
		machine=pc|the machine is pc
		initrd=image|there is one of .*--initrd.*
		disk=disk|there is one of .*--disk.*
		share=/tmp|there is one of .*--share.*
		read_stdin=1|there is one of .*--stdin.*
		interactive=1|there is one of .*--interactive.*
		gdb=1|there is one of .*--gdb.*
		also=(/bin/true)|there is one of .*--also.*
		qemu_args=(-s)|there is one of .*--qemu-arg.*
		memory=2049|its memory is no number.*
		memory=1G|its memory is no number.*
		memory=0300|its memory is no number.*
		image_options=(--force)|there is --force
		image_options=(--busybox)|there is --busybox
		image_options=(-m a --microcode /tmp)|there is --microcode
		image_options=(--firmware a)|there is --firmware
		image_options=(--conf payload=/bin/a)|the setting payload
		image_options=(-m a --conf args=a)|the setting args
		image_options=(--conf args_file=/a)|the setting args_file
		image_options=(--conf manifest=)|the setting manifest
		image_options=(--conf init=/a)|the setting init
		image_options=(--conf root=/a)|the setting root
		image_options=(--conf job=1M@1M)|the setting job
		image_options=(--conf nonce=1)|the setting nonce
		image_options=(--conf lock=args)|the setting lock
		image_options=(--conf env.A='"x')|a variable that no image can hold
		image_options=(--conf env.A=$'x\ny')|a variable that no image can hold
		append=(a -- b)|'--' on the command line
		append=(a 'b --')|'--' on the command line
		append=(initgate.payload=/bin/a)|'initgate.payload=/bin/a' on the command line
		append=(a 'b initgate.args="a b"')|'initgate.args=' on the command line
		append=($'a\tinitgate.args=a')|'initgate.args=a' on the command line
		append=('"initgate.args=a b"')|'initgate.args=a' on the command line
		append=(initgate.args_file=/a)|'initgate.args_file=/a' on the command line
		append=(initgate.init=/a)|'initgate.init=/a' on the command line
		append=(initgate.root=/a)|'initgate.root=/a' on the command line
		append=(initgate.job=1M@1M)|'initgate.job=1M@1M' on the command line
		append=(initgate.nonce=1)|'initgate.nonce=1' on the command line
		append=(initgate.env.A=1)|'initgate.env.A=1' on the command line
	EOT
}

@test "all others are: in the image, but for the variables, which are the job's" {
	image_options=(-m 'a,b' --conf hostname=x --conf env.A='two words' --add /etc/passwd:/a --conf verify=off --conf env.B= --conf env.C=a=b)
	append=('initgate.hostname=x quiet' 'a=--' 'rootwait initgate.argsx=1 args initgate.stdin=/a')
	memory=2048
	warm_take_options
	[ "${warm_options[*]@Q}" = "'-m' 'a,b' '--conf' 'hostname=x' '--add' '/etc/passwd:/a' '--conf' 'verify=off'" ]
	[ "${warm_conf[*]@Q}" = "'hostname=x' 'verify=off'" ]
	[ "${warm_environment[*]@Q}" = "'A=two words' 'B=' 'C=a=b'" ]
}

# checked OPTION...: the checker is asked with these; SAYS and STATUS are its answer.
checked() {
	ELFCHECK=$BATS_TEST_TMPDIR/elfcheck
	printf '#!/bin/sh\nprintf "%%s\\n" "$@" >%q\nprintf "%%b" "$SAYS"\nexit "${STATUS:-0}"\n' "$BATS_TEST_TMPDIR/asked" >"$ELFCHECK"
	chmod +x "$ELFCHECK"
	rm -f "$BATS_TEST_TMPDIR/asked"
	export SAYS STATUS
	warm_check
}

@test "the payload is checked as mkinitramfs.sh would; what is not plainly good is left to that" {
	warm_dir=$BATS_TEST_TMPDIR/machine warm_conf=(profile=static allow=a profile=go allow=b,c)
	mkdir -p "$warm_dir/root/bin"
	checked
	[ "$(paste -sd ' ' "$BATS_TEST_TMPDIR/asked")" = "--profile go --arch x86_64 --root $warm_dir/root --allow b --allow c ${payload[0]}" ]
	SAYS='payload: fine\n  note  x: y\n' checked
	! SAYS='payload: fine\n  warn  x: y\n' checked || false
	[ "$warm_reason" = 'the check of the payload has something to say' ]
	for STATUS in 1 2 127; do
		warm_reason=''
		! checked || false
		[ "$warm_reason" = 'the check of the payload fails' ]
	done
	warm_conf=(verify=off)
	checked
	[ ! -e "$BATS_TEST_TMPDIR/asked" ]
	ln -s nowhere "$warm_dir/root/bin/payload"
	! checked || false
	[ "$warm_reason" = 'the image has a file of the name of the payload' ]
}

# ---- the files that are kept

# sealed: a machine as warm_make_in leaves it.
sealed() {
	warm_key=key warm_dir=$warm_cache/key payload_size=8
	rm -rf "$warm_dir" && mkdir "$warm_dir"
	printf 'first' | tee "$warm_dir/ram" "$warm_dir/state" >/dev/null
	: >"$warm_dir/used" && touch -d '-1 day' "$warm_dir/used"
	warm_seal "$warm_dir" >"$warm_dir/seal"
	later "$warm_dir/state"
}

@test "a machine that is as it was made is used, and that is noted" {
	sealed
	touch "$BATS_TEST_TMPDIR/before"
	warm_find
	[ "$warm_snapshot" = found ]
	[ ! "$warm_dir/used" -ot "$BATS_TEST_TMPDIR/before" ]
}

@test "a payload for which a job has no room is none for it" {
	sealed
	payload_size=$((60 << 20))
	warm_find
	payload_size=$(((60 << 20) + 1))
	! warm_find || false
	[ "$warm_reason" = 'the payload is larger than 60 MiB' ]
	[ -e "$warm_dir/seal" ]
}

@test "one whose files were touched is thrown away, though size and times are the same" {
	local file damage
	for file in ram state; do
		for damage in 'overwrite $file' 'cp -p $file copy && mv copy $file' 'touch $file' 'rm $file' 'printf x >>$file'; do
			sealed
			(cd "$warm_dir" && eval "$damage")
			! warm_find || { echo "$damage" && return 1; }
			[ "$warm_reason" = 'its files are not those that were made' ]
			[ "$(ls "$warm_cache")" = '' ]
		done
	done
}

# ---- the job

# job_part BEGIN END: these bytes of it
job_part() {
	head -c "$2" "$run/job" | tail -c $(($2 - $1))
}

number() {
	printf '%016x' "$@"
}

@test "a job is what docs/WARM.md says" {
	local before after now
	payload=("$BATS_TEST_TMPDIR/a name" '' $'two\nlines' $'\xc3\xa4') warm_environment=(A=1 'B=two words') nonce=0123456789abcdef
	for i in {0..255}; do printf '%b' "\\0$(printf %o "$i")"; done >"${payload[0]}"
	payload_size=256 payload_mode=4750
	truncate -s 4096 "$run/job"
	before=$(date +%s%N)
	warm_job
	after=$(date +%s%N)
	[ "$(job_part 0 16)" = 'initgate job 001' ]
	now=$((16#$(job_part 16 32)))
	[ "$now" -ge $((before - 1000)) ]
	[ "$now" -le "$after" ]
	# The mode; nonce and name with their NULs; arguments; variables; the payload.
	[ "$(job_part 32 128)" = "$(number $((8#4750)) 17 7 14 16 256)" ]
	[[ $(job_part 128 256) =~ ^[0-9a-f]{128}$ ]]
	{
		printf '%s\0' "$nonce" 'a name' '' $'two\nlines' $'\xc3\xa4' A=1 'B=two words'
		cat "${payload[0]}"
	} >"$BATS_TEST_TMPDIR/texts"
	job_part 256 $((256 + 17 + 7 + 14 + 16 + 256)) | cmp - "$BATS_TEST_TMPDIR/texts"
	[ "$(stat -c %s "$run/job")" = 4096 ] # it is QEMU's memory, which must not become another file or shorter
}

@test "a job without arguments and variables; no two have the same randomness" {
	local first
	nonce=1 payload_size=8 payload_mode=644 warm_environment=()
	warm_job
	[ "$(job_part 32 128)" = "$(number $((8#644)) 2 8 0 0 8)" ]
	[ "$(job_part 256 274 | tr '\0' .)" = '1.payload.program' ]
	first=$(job_part 128 256)
	warm_job
	for i in 0 32 64 96; do
		[ "${first:i:32}" != "$(job_part 128 256 | cut -c $((i + 1))-$((i + 32)))" ]
	done
}

# ---- whether it is believed

# went SAID...: a copy ran and init said that.
went() {
	sealed
	said=$(printf '%s\n' "$@") warm_reason=''
	warm_machine() { [ "$2" = off ] && exec {warm_word}>/dev/null; }
	make_command() { nonce=n0nce; }
	run_machine() {
		[ -z "$said" ] || echo "$said" >"$run/result.log"
		patience=$silence/$silence_later
		seen=$(grep -E "$watched_events" <<<"$said" || true)
	}
	: >"$run/result.log"
	warm_run
}

@test "a copy counts once init has begun with this run's nonce and taken the job" {
	local start='{"event":"start","nonce":"n0nce","version":"1"}'
	went "$start"
	[ "$warm" = yes ]
	# Until it speaks, it has less time than other boots; so this must be seen.
	[ "$patience" = 5/15 ]
	[ "$seen" = "$start" ]
	went '{"event":"ready"}' '{"event":"launch"}' '{"event":"finding"}' "$start"
	[ "$seen" = $'{"event":"ready"}\n{"event":"launch"}\n'"$start" ]
	went "$start" '{"event":"done","nonce":"n0nce","outcome":"refused","exit":125,"reason":"verify: no job: x"}'
	[ "$warm" = yes ]
	for said in '' '{"event":"start","nonce":"other","version":"1"}' '{"event":"ready","nonce":"n0nce"}' \
		"$start"$'\n{"event":"done","nonce":"n0nce","outcome":"init-failed","exit":125,"reason":"job: parse: x"}'; do
		! went "$said" || false
		[ "$warm:$warm_reason" = ':the machine that waited did not go on' ]
		[ ! -e "$warm_dir" ]
	done
}

@test "the copy for a payload that is not plainly good ends without a signal, of which bash would tell" {
	kill_qemu() { echo killed; }
	tell_qemu() { echo "$1"; }
	warm_check() { return 1; }
	warm=restoring warm_state=7
	warm_begin >"$BATS_TEST_TMPDIR/told"
	[ "$warm" = unfit ]
	[ "$(sed -n '2,4p' "$BATS_TEST_TMPDIR/told")" = $'{"execute":"migrate-incoming","arguments":{"uri":"fd:7"}}\n{"execute":"quit"}' ]
	[ "$(warm_heard '{"event": "RESUME"}')" = '' ] # nor is there a byte for it
}

# let_wait TEXT: a machine is made, and its kernel says that.
let_wait() {
	text=$1 warm_reason=''
	choose_kernel() { :; }
	warm_machine() { [ "$2" = on ] && window_words=window && exec {warm_word}>/dev/null; }
	make_command() { [ "${append[-1]}" = window ]; }
	run_qemu() { printf '[    1.000000] %s\n' "$text" >"$run/console" && warm=${came:-made}; }
	warm_let_wait "$BATS_TEST_TMPDIR"
}

@test "a machine whose kernel complained is not kept, as no copy would say so" {
	let_wait 'Run /init as init process'
	[ "$warm$warm_reason" = '' ]
	for text in 'WARNING: CPU: 0 PID: 79 at a.c:19 f+0x85' 'BUG: kernel NULL pointer dereference, address: 0' \
		'rcu: INFO: rcu_sched detected stalls on CPUs/tasks:'; do
		! let_wait "$text" || { echo "$text" && return 1; }
		[ "$warm_reason" = 'its kernel complained as it started' ]
	done
	! came=making let_wait 'Run /init as init process' || false
	[ "$warm_reason" = 'the machine did not come as far as to wait' ]
}

# heard LINE: what QEMU is told then
heard() {
	tell_qemu() { echo "$1"; }
	warm_heard "$1"
}

@test "what QEMU and init say: the state is written once init waits, the byte is sent once the copy runs" {
	exec {warm_word}>"$BATS_TEST_TMPDIR/word"
	warm=making silence_later=15
	[ "$(heard '{"event":"stage","stage":"config"}')" = '' ]
	[[ $(heard '{"event":"ready","at_us":1}') = '{"execute":"migrate",'* ]]
	[[ $(heard '{"event": "MIGRATION", "data": {"status": "failed"}}') = '{"execute":"quit"}' ]]
	[[ $(heard '{"event": "MIGRATION", "data": {"status": "completed"}}') = '{"execute":"quit"}' ]]
	heard '{"event": "MIGRATION", "data": {"status": "completed"}}' >/dev/null
	[ "$warm" = made ]
	warm=restoring warm_us=${EPOCHREALTIME/[.,]/}
	[ "$(heard '{"event":"ready","at_us":1}')" = '' ]
	[ ! -s "$BATS_TEST_TMPDIR/word" ]
	heard '{"timestamp": {}, "event": "RESUME"}'
	[ "$warm:$(cat "$BATS_TEST_TMPDIR/word")" = resumed:g ]
	silence=5
	warm_heard '{"event":"stage","stage":"job"}'
	[ "$silence" = 5 ]
	warm_heard '{"event":"start","nonce":"1"}'
	[ "$silence" = 15 ]
}
