# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # set or read by boot.sh and its other parts
# SPDX-License-Identifier: MIT
#
# What the guest gets beside its payload, for boot.sh: variables, standard input, further payloads, a directory of the
# host, a terminal, a debugger. All of it is settings of init, files of the image and arguments of QEMU, nothing else.
#
# An image that is there already (--initrd) gets its settings on the kernel command line, where it may have locked them, and
# its files in an archive of our own behind it: the kernel unpacks one after the other. They lie where no image has any.

settings=() # for the command line
asked=()    # keys that the image must not have locked, else the payload is without what it was to get
guest_etc=/etc/initgate. guest_bin=/bin/

# setting KEY VALUE: into the image that is built, or onto the command line of one that is there.
setting() {
	if [ -z "$initrd" ]; then
		image_options+=(--conf "$1=$2")
		return
	fi
	case $2 in
	*[$'\n'\"]*) fail 'pass on' "$1=$2" 'a kernel command line cannot hold a line break or a double quote' ;;
	*[[:space:]]*) settings+=("initgate.$1=\"$2\"") ;;
	*) settings+=("initgate.$1=$2") ;;
	esac
}

# add_variable NAME=VALUE, or NAME: as it is here.
add_variable() {
	local name=${1%%=*} value=${1#*=}
	[[ $name =~ ^[A-Za-z_][A-Za-z0-9_.]*$ ]] || fail 'read option' "--env $1" 'not NAME=VALUE or NAME'
	if [[ $1 != *=* ]]; then
		[ -n "${!name+set}" ] || fail 'read option' "--env $1" 'there is no such variable here'
		value=${!name}
	fi
	setting "env.$name" "$value"
	asked+=("env.$name")
}

# Options for the image that is built.
need_image() {
	[ -z "$initrd" ] || fail 'read option' "$1" 'it needs an image that is built here, not --initrd'
}

# bring SRC DST: a file or a directory of ours, at that path of the guest.
bring() {
	local reason
	if [ -z "$initrd" ]; then
		image_options+=(--add "$1:$2")
		return
	fi
	mkdir -p "$run/segment/pieces"
	reason=$(image_list "$1" "$2" keep 2>&1 >>"$run/segment/records") || fail add "$1" "${reason%%$'\n'*}"
}

# extend_image: the user's image, which is not changed, and behind it what was brought; sets image. The kernel wants an
# archive to begin at a multiple of 4 bytes (init/initramfs.c). At least 4 zeroes are between them, as nothing else ends
# what lz4 has packed.
extend_image() {
	local size reason
	image=$run/initrd
	reason=$(write_segment 2>&1) || fail write "$image" "${reason%%$'\n'*}"
	reason=$(cat -- "$initrd" 2>&1 >"$image") || fail read "$initrd" "${reason##*: }"
	size=$(stat -c %s "$image")
	reason=$({ head -c $((4 + (-(size + 4) & 511))) /dev/zero && cat "$run/segment/archive"; } 2>&1 >>"$image") ||
		fail write "$image" "${reason##*: }"
	rm -r "$run/segment"
}

write_segment() {
	local dir=$run/segment SOURCE_DATE_EPOCH=0
	image_merge <"$dir/records" >"$dir/spec" && image_write "$dir/spec" "$dir/pieces" >"$dir/archive" &&
		image_verify "$dir/archive" "$dir/spec" "$dir/pieces"
}

# The whole of our own standard input, to its end, before the boot. A file has an end and takes any byte; a port has
# neither.
add_stdin() {
	cat >"$run/stdin"
	stdin=${guest_etc}stdin
	bring "$run/stdin" "$stdin"
	asked+=(stdin)
}

# Each further payload lies beside the first; a file says with which words it runs.
add_also() {
	local i words path list=''
	mkdir "$run/also"
	for i in "${!also[@]}"; do
		read -r -d '' -a words <<<"${also[i]}" || true # it ends without a delimiter
		[ ${#words[@]} -gt 0 ] || fail 'read option' --also 'no program is given'
		[ -f "${words[0]}" ] || fail open "${words[0]}" 'no such program'
		path=${guest_bin}also$((i + 1))/$(basename "${words[0]}")
		bring "${words[0]}" "$path"
		printf '%s\0' "$path" "${words[@]:1}" >"$run/also/$((i + 1))"
		list+=,${guest_etc}also/$((i + 1))
	done
	bring "$run/also" "${guest_etc}also"
	setting also "${list#,}"
	asked+=(also)
}

# The directory of the host is a 9p file system of the guest, over virtio.
add_share() {
	local target=${share##*:}
	[[ $share = *:/* ]] || target=/mnt/share
	share=${share%:/*}
	[ -d "$share" ] || fail open "$share" 'no such directory'
	[[ $share$target != *[,[:space:]\"]* ]] || fail 'read option' "--share $share:$target" 'a comma, white space or a quote in it'
	image_options+=(-m 'virtio_pci,9pnet_virtio,9p') # for an image that is built; init says what it lacks otherwise
	asked+=(mount)
	setting mount "share $target 9p trans=virtio,version=9p2000.L,msize=262144$([ -n "$share_rw" ] || echo ,ro)"
	qemu_args+=(
		-fsdev "local,id=share,path=$share,security_model=none$([ -n "$share_rw" ] || echo ,readonly=on)"
		-device 'virtio-9p-pci,fsdev=share,mount_tag=share'
	)
}

# The payload on this terminal, which is the guest's console: its keys, Ctrl-C included, go to the guest.
add_terminal() {
	local busybox rows columns
	[ -t 0 ] && [ -t 1 ] || fail 'read option' --interactive 'standard input and output are not a terminal'
	if [ ${#payload[@]} = 0 ] && [ -z "$initrd" ]; then
		busybox=$place_busybox
		[ -e "$busybox" ] || [ "$arch" != "$host_arch" ] || busybox=$(type -P busybox || true)
		[ -e "$busybox" ] || fail find busybox "none for $arch (scripts/fetch-busybox.sh $arch brings one), and no payload is given"
		payload=("$busybox" sh)
		image_options+=(--conf profile=static)
	fi
	# shellcheck disable=SC2001 # not that simple
	machine_append=$(sed 's/initgate\.std[a-z]*=[^ ]*//g' <<<"$machine_append")
	setting env.TERM "${TERM:-linux}"
	append=(quiet loglevel=3 ${append[@]+"${append[@]}"}) # the user can say something else
	stdin='' unlimited=1 progress=''
	read -r rows columns < <(stty size) && setting env.LINES "$rows" && setting env.COLUMNS "$columns"
	terminal=$(stty -g)
}

# take_terminal, give_terminal: only while QEMU runs.
take_terminal() {
	[ -n "$terminal" ] || return 0
	exec 18<&0
	stty raw -echo opost onlcr
}

give_terminal() {
	[ -z "$terminal" ] || stty "$terminal"
}

# QEMU waits for the debugger, and nobody waits for QEMU. The socket's name is ours alone.
add_debugger() {
	append+=(nokaslr)
	qemu_args+=(-S -gdb "unix:$run/gdb,server=on,wait=off")
	unlimited=1 progress=''
	attach="gdb ${kernel_vmlinux:-vmlinux} -ex 'target remote $run/gdb' -ex continue"
}

# judge_asked: what an image locks init does not take, says so on the console, and goes on. A run without what was asked for
# is none. A further payload that has no result is missed in any case; the rest only a console with init's words can tell.
judge_asked() {
	local key
	[ -n "$initrd" ] && [ ${#asked[@]} -gt 0 ] || return 0
	case $outcome${done_line:+, done} in exited* | signaled* | timeout* | 'no-report, done') ;; *) return 0 ;; esac
	for key in "${asked[@]}"; do
		grep -aqF "initgate: config: parse '${key:0:64}': locked by /etc/initgate.conf" "$run/console" || continue
		outcome=refused exit_status=$status_own
		problem="the image locks '$key', so the payload ran without what was asked for"
		return
	done
	[ "${asked[*]}" = also ] || [ -n "$terminal" ] || grep -aqF 'initgate: launch: starting' "$run/console" ||
		echo "boot: find a lock of '${asked[*]}': the console has no words of init (quiet, loglevel=), noted only" >&2
}
