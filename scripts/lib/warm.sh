# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # set or read by boot.sh and its other parts
# SPDX-License-Identifier: MIT
#
# boot.sh --warm: the first run keeps a machine that is up and waits for its payload, later runs go on from there; see
# docs/WARM.md. Whatever is not as it should be leads to a cold boot, with the reason in warm_reason.

warm_format=1        # of what is kept; another number makes all that is there unknown
warm_window=64       # MiB behind the machine's memory, in which the job comes
warm_kept=8          # machines of an architecture, the last used ones
warm_kept_mib=1024   # of disk for them, but for the one that is in use
warm_silence=5       # seconds, as --silence, until init's first word
warm='' warm_us=0 warm_reason='' warm_snapshot='' warm_options=() warm_conf=() warm_environment=()

# warm_boot: runs the payload in a copy of a machine that waited. Fails, before the payload has started, where it cannot.
warm_boot() {
	warm_reason=''
	warm_take_options && warm_look && warm_find && warm_run && return
	[ -z "$verbose" ] || echo "boot: warm '${payload[0]}': $warm_reason, booting cold" >&2
	return 1
}

cold() {
	warm_reason=$1
	return 1
}

# What belongs to the machine stays with the key; what belongs to this run goes into the job.
warm_take_options() {
	local i name value words
	[ "$machine" = "$default_machine" ] || cold "the machine is $machine" || return
	[ -z "$initrd$disk$share$read_stdin$interactive$gdb" ] && [ ${#also[@]} = 0 ] && [ ${#qemu_args[@]} = 0 ] ||
		cold 'there is one of --initrd, --disk, --share, --stdin, --also, --interactive, --gdb, --qemu-arg' || return
	[[ $memory =~ ^[1-9][0-9]{0,3}$ ]] && [ "$memory" -le 2048 ] || cold 'its memory is no number of MiB up to 2048' || return
	for ((i = 0; i < ${#image_options[@]}; i += 2)); do
		name=${image_options[i]} value=${image_options[i + 1]-}
		case $name in
		-m | --modules-dir | --kernel-version | --add | --skel | --init | --compress) warm_options+=("$name" "$value") ;;
		--conf) warm_take_setting "$value" || return ;;
		*) cold "there is $name" || return ;;
		esac
	done
	words=${append[*]-}
	words=" ${words//[[:space:]\"]/ } " # init removes quotes around a word as well
	! [[ $words =~ \ (--|(initgate\.)?(payload|args|args_file|init|root|job|nonce|env\.[^= ]*)=[^ ]*)\  ]] ||
		cold "'${BASH_REMATCH[1]}' on the command line"
}

warm_take_setting() {
	case $1 in
	payload=* | args=* | args_file=* | manifest=* | init=* | root=* | job=* | nonce=* | lock=*)
		cold "the setting ${1%%=*}"
		;;
	env.?*=*)
		warm_can_hold "$1" || cold 'a variable that no image can hold' || return
		warm_environment+=("${1#env.}")
		;;
	*) warm_conf+=("$1") && warm_options+=(--conf "$1") ;;
	esac
}

# A job could hold it, but then it would not end as a boot does.
warm_can_hold() (
	# shellcheck source=scripts/lib/conf.sh
	. "$here/lib/conf.sh"
	die() { exit 1; }
	conf_line "${1%%=*}" "${1#*=}" >/dev/null
)

# warm_look: sets warm_key. Files stand in it with size, times to the nanosecond and inode: no file changes without its
# ctime, which nobody can set. The boot of this host stands in it, as the guest has measured this CPU's clock.
warm_look() {
	local boot_id listing qemu_path inputs=("$kernel" "$place_init" "$here/mkinitramfs.sh" "$here/lib" "$here/arch" "$place_sets"
		"$place_skel") i
	warm_accel || return
	read -r boot_id </proc/sys/kernel/random/boot_id
	qemu_path=$(type -P "$qemu") || cold "there is no $qemu" || return
	for ((i = 0; i < ${#warm_options[@]}; i += 2)); do
		case ${warm_options[i]} in
		-m) inputs+=("$place_modules"/lib/{modules,firmware} /lib/firmware) ;;
		--add) inputs+=("${warm_options[i + 1]%:*}") ;;
		--modules-dir) inputs+=("${warm_options[i + 1]}"/lib/{modules,firmware}) ;;
		--skel | --init) inputs+=("${warm_options[i + 1]}") ;;
		esac
	done
	listing=$(find -L "${payload[0]/#-/./-}" "$qemu_path" "${inputs[@]}" -printf '%s %m %y %T@ %C@ %i %p\n' 2>/dev/null) || true
	read -r payload_size payload_mode payload_type _ <<<"$listing"
	[ "$payload_type" = f ] && [ -r "${payload[0]}" ] || cold 'the payload is no file that can be read' || return
	warm_inputs=$(printf '%s\n' "$warm_format" "$boot_id" "$memory $warm_window ${cpu:-$cpu_emulated} $without $accel $go_on ${SOURCE_DATE_EPOCH:-0}" \
		"${machine_args[*]}" "$machine_append" "${append[*]-}" "${warm_options[@]@Q}" "${listing#*$'\n'}")
	warm_key=$(sha256sum <<<"$warm_inputs")
	warm_key=${warm_key:0:32}
	warm_cache=$place_cache/warm/$arch
}

# With KVM a cold boot takes no longer, and nobody has tried the rest with it.
warm_accel() {
	local kernel=$kernel boot_id
	[ "$accel" != auto ] || [ -w /dev/kvm ] || accel=tcg
	read -r boot_id </proc/sys/kernel/random/boot_id
	[ "$accel" != auto ] || ! read -r accel 2>/dev/null <"$place_cache/accel-$boot_id"
	[ "$accel" != auto ] || { choose_kernel && choose_accel; }
	[ "$accel" = tcg ] || cold "with $accel"
}

# The question of mkinitramfs.sh, to the same checker, about the same tree. Whatever is not plainly good is for
# mkinitramfs.sh to say.
warm_check() {
	local setting slug slugs verify='' profile=go-static allow='' report
	for setting in ${warm_conf[@]+"${warm_conf[@]}"}; do
		case $setting in
		verify=*) verify=${setting#*=} ;;
		profile=*) profile=${setting#*=} ;;
		allow=*) allow=${setting#*=} ;;
		esac
	done
	[ ! -e "$warm_dir/root/bin/${payload[0]##*/}" ] && [ ! -L "$warm_dir/root/bin/${payload[0]##*/}" ] ||
		cold 'the image has a file of the name of the payload' || return
	[ "$verify" != off ] || return 0
	set -- --profile "$profile" --arch "$arch" --root "$warm_dir/root"
	IFS=, read -r -a slugs <<<"$allow"
	for slug in ${slugs[@]+"${slugs[@]}"}; do set -- "$@" --allow "$slug"; done
	report=$("${ELFCHECK:-$place_elfcheck}" "$@" "${payload[0]/#-/./-}" 2>&1) || cold 'the check of the payload fails' || return
	[[ $report != *$'\n  warn  '* ]] || cold 'the check of the payload has something to say'
}

# A file that was touched since it was made is not the one that was made.
warm_seal() {
	stat -c '%s %y %z %i' "$1/ram" "$1/state" 2>/dev/null
}

warm_find() {
	warm_dir=$warm_cache/$warm_key
	[ "$payload_size" -le $(((warm_window - 4) << 20)) ] || cold "the payload is larger than $((warm_window - 4)) MiB" || return
	warm_snapshot=found
	[ -e "$warm_dir/seal" ] || warm_make || return
	[ "$(warm_seal "$warm_dir")" = "$(cat "$warm_dir/seal" 2>/dev/null)" ] ||
		{ warm_drop && cold 'its files are not those that were made'; } || return
	{ : >"$warm_dir/used"; } 2>/dev/null || cold "$warm_dir cannot be written to"
}

# Whoever uses it goes on with the files that he has open.
warm_drop() {
	local away
	away=$(mktemp -d "$warm_cache/old.XXXXXX") && mv "$warm_dir" "$away/" 2>/dev/null || true
	rm -rf "$away"
}

# One makes it, the others wait. It is there whole or not at all.
warm_make() {
	local new lock status=0
	{ mkdir -p "$warm_cache" && [ -w "$warm_cache" ]; } 2>/dev/null || cold "$warm_cache cannot be written to" || return
	exec {lock}>"$warm_cache/lock"
	flock "$lock"
	if [ ! -e "$warm_dir/seal" ]; then
		warm_snapshot=made
		rm -rf "$warm_cache"/{new,old}.* # of makers that were ended
		new=$(mktemp -d "$warm_cache/new.XXXXXX")
		if warm_make_in "$new"; then
			rm -rf "$warm_dir" && mv -T "$new" "$warm_dir" || status=1
		else
			rm -rf "$new" && status=1
		fi
		warm_clean
	fi
	exec {lock}>&-
	return $status
}

# The image of the machine that waits holds no payload but an empty file, which nothing looks at.
warm_make_in() {
	local options=(--arch "$arch" --force)
	chmod 755 "$1"
	: >"$run/initgate.job"
	"$here/mkinitramfs.sh" -o "$run/initrd" "${options[@]}" ${warm_options[@]+"${warm_options[@]}"} "$run/initgate.job" \
		2>"$run/mkinitramfs.err" || cold 'mkinitramfs.sh does not build its image' || return
	mkdir "$1/root"
	bsdtar -xf "$run/initrd" -C "$1/root" --exclude 'dev/*' 2>/dev/null || cold 'its image cannot be read' || return
	warm_let_wait "$1" || return
	rm "$run/initrd"
	warm_seal "$1" >"$run/seal"
	printf '%s\n' "$warm_inputs" >"$1/inputs"
	: >"$1/used"
	mv "$run/seal" "$1/seal"
}

# arch_window MEMORY SIZE: both in MiB. How the machine that waits has its memory, `ram`, and that of its job, `job`: sets window_args
# for QEMU and window_words for the kernel and init. A PCI device in slot 10, where the architecture's file says nothing else.
arch_window() {
	window_args=(-m "$1" -machine memory-backend=ram -device 'ivshmem-plain,memdev=job,master=on,addr=10')
	window_words="initgate.job=${2}M@/sys/bus/pci/devices/0000:00:10.0/resource2"
}

# warm_machine DIR SHARE: the machine's memory, and that of the job, which the kernel leaves alone. The result channel is for
# reading as well. What is not shared is private to QEMU from the first byte that is written to it by the guest, so until
# then what is written to the file meanwhile is seen.
warm_machine() {
	arch_window "$memory" "$warm_window"
	warm_memory=(
		-object "memory-backend-file,id=ram,size=${memory}M,mem-path=$1/ram,share=$2"
		-object "memory-backend-file,id=job,size=${warm_window}M,mem-path=$run/job,share=$2"
		"${window_args[@]}"
	)
	truncate -s "${warm_window}M" "$run/job"
	mkfifo "$run/port.in"
	exec {warm_word}<>"$run/port.in" # opened for both, as a QEMU that has ended reads no more
	ln -s /proc/self/fd/21 "$run/port.out"
}

warm_migration='{"execute":"migrate-set-capabilities","arguments":{"capabilities":[{"capability":"x-ignore-shared","state":true},'
warm_migration+='{"capability":"events","state":true}]}}'

# What QEMU hears first. While it starts, the payload is checked and the job is written.
warm_begin() {
	tell_qemu "$warm_migration"
	[ "$warm" = restoring ] || return 0
	tell_qemu "{\"execute\":\"migrate-incoming\",\"arguments\":{\"uri\":\"fd:$warm_state\"}}"
	if warm_check; then
		warm_job
	else
		warm=unfit && tell_qemu '{"execute":"quit"}' # bash would have a word to say about one that was killed
	fi
}

# What QEMU and init say meanwhile. Init waits for a byte, which must not come before its machine runs.
warm_heard() {
	case $warm:$1 in
	'making:{"event":"ready"'*)
		# shellcheck disable=SC2016 # for the shell that QEMU starts
		tell_qemu '{"execute":"migrate","arguments":{"uri":"exec:cat >\"$INITGATE_STATE\""}}'
		;;
	making:*'"status": "completed"'*) warm=made && tell_qemu '{"execute":"quit"}' ;;
	making:*'"status": "failed"'*) tell_qemu '{"execute":"quit"}' ;;
	restoring:*'"event": "RESUME"'*)
		warm=resumed warm_us=$((${EPOCHREALTIME/[.,]/} - warm_us))
		printf g >&"$warm_word"
		;;
	'resumed:{"event":"start"'*) silence=$silence_later ;;
	esac
}

# warm_let_wait DIR: boots until init says that it is ready; its memory is the file DIR/ram, its devices go to DIR/state.
warm_let_wait() {
	local kernel=$kernel initrd=$run/initrd nonce append=(${append[@]+"${append[@]}"}) status=0
	choose_kernel
	warm=making
	warm_machine "$1" on
	append+=("$window_words")
	make_command
	INITGATE_STATE=$1/state run_qemu
	[ "$warm" = made ] || status=1
	warm=''
	exec {warm_word}>&-
	rm -f "$run"/{port.in,port.out,job,reproduce.sh}
	[ $status = 0 ] || cold 'the machine did not come as far as to wait' || return
	# No copy would know of it, nor --fail-on-warning.
	! grep -aqE "$crash_begin($crash_broken|$crash_stuck|$crash_warning)" "$run/console" || cold 'its kernel complained as it started'
}

# The last used ones stay.
warm_clean() {
	local dir kib=0 n=0
	while read -r dir; do
		n=$((n + 1)) kib=$((kib + $(du -sk "$dir" | cut -f 1)))
		[ "$dir" = "$warm_dir" ] || { [ $n -le $warm_kept ] && [ $kib -le $((warm_kept_mib * 1024)) ]; } || rm -rf "$dir"
	done < <(find "$warm_cache" -mindepth 1 -maxdepth 2 -name '*.*' -prune -o -name used -printf '%T@ %h\n' |
		sort -rn | cut -d ' ' -f 2-)
}

# The format is in docs/WARM.md. Texts are measured in bytes, as LC_ALL is C.
warm_job() {
	local name=${payload[0]##*/} now=${EPOCHREALTIME/[.,]/}000 args environment entropy
	entropy=$(od -An -v -t x1 -N 64 /dev/urandom)
	entropy=${entropy//[!0-9a-f]/}
	printf -v args '%s.' ${payload[1]+"${payload[@]:1}"}
	printf -v environment '%s.' ${warm_environment[@]+"${warm_environment[@]}"}
	[ ${#payload[@]} -gt 1 ] || args=''
	[ ${#warm_environment[@]} -gt 0 ] || environment=''
	{
		printf '%s' 'initgate job 001'
		printf '%016x' "$now" $((8#$payload_mode & 07777)) $((${#nonce} + 1)) $((${#name} + 1)) ${#args} ${#environment} \
			"$payload_size"
		printf '%s%s\0%s\0' "$entropy" "$nonce" "$name"
		[ -z "$args" ] || printf '%s\0' "${payload[@]:1}"
		[ -z "$environment" ] || printf '%s\0' "${warm_environment[@]}"
		cat -- "${payload[0]}"
	} 1<>"$run/job" # which is QEMU's memory already
}

warm_run() {
	local warm_state heard silence_later=$silence silence=$warm_silence watched_events=${watched_events/ready/start|ready}
	{ exec {warm_state}<"$warm_dir/state"; } 2>/dev/null || cold 'it went away' || return
	warm=restoring
	warm_machine "$warm_dir" off
	make_command
	warm_us=${EPOCHREALTIME/[.,]/}
	run_machine
	exec {warm_state}<&- {warm_word}>&-
	if [ "$warm" = unfit ]; then
		warm='' && rm -f "$run"/{port.in,port.out,job,qemu.err}
		return 1
	fi
	heard=$(<"$run/result.log")
	if [[ $heard = *'"event":"start"'*"\"nonce\":\"$nonce\""* && $heard != *'"reason":"job: '* ]]; then
		warm=yes
		return
	fi
	warm=''
	warm_drop
	rm -f "$run"/{port.in,port.out,job,qemu.err}
	cold 'the machine that waited did not go on'
}

# For the JSON: was it warm, why not.
warm_json() {
	if [ "$warm" = yes ]; then
		echo "{\"warm\":true,\"snapshot\":\"$warm_snapshot\",\"restore\":$((warm_us / 1000))}"
	elif [ -n "$warm_wanted" ]; then
		jq -cn --arg reason "$warm_reason" '{warm: false, cold_reason: $reason}'
	else
		echo '{}'
	fi
}

# warm_show: what is kept, and where.
warm_show() {
	local dir
	find_places "$arch"
	for dir in "$place_cache"/warm/*/*/; do
		[ ! -e "$dir/seal" ] || du -sh "$dir"
	done
	exit 0
}
