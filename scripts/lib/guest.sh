# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # set or read by boot.sh and its other parts
# SPDX-License-Identifier: MIT
#
# What the guest gets beside its payload, for boot.sh: variables, standard input, further payloads, a directory of the
# host, a terminal, a debugger. All of it is settings of init, files of the image and arguments of QEMU, nothing else.

settings=() # for the command line

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
}

# Files for init, in the image that is built.
need_image() {
	[ -z "$initrd" ] || fail 'read option' "$1" 'it needs an image that is built here, not --initrd'
}

# The whole of our own standard input, to its end, before the boot. A file has an end and takes any byte; a port has
# neither.
add_stdin() {
	need_image --stdin
	cat >"$run/stdin"
	image_options+=(--add "$run/stdin:/etc/initgate.stdin")
	stdin=/etc/initgate.stdin
}

# Each further payload lies beside the first; a file says with which words it runs.
add_also() {
	local i words list=''
	need_image --also
	mkdir "$run/also"
	for i in "${!also[@]}"; do
		read -r -d '' -a words <<<"${also[i]}" || true # it ends without a delimiter
		[ ${#words[@]} -gt 0 ] || fail 'read option' --also 'no program is given'
		[ -f "${words[0]}" ] || fail open "${words[0]}" 'no such program'
		image_options+=(--add "${words[0]}:/bin/also$((i + 1))/$(basename "${words[0]}")")
		words[0]=/bin/also$((i + 1))/$(basename "${words[0]}")
		printf '%s\0' "${words[@]}" >"$run/also/$((i + 1))"
		list+=,/etc/initgate.also/$((i + 1))
	done
	image_options+=(--add "$run/also:/etc/initgate.also" --conf "also=${list#,}")
}

# The directory of the host is a 9p file system of the guest, over virtio.
add_share() {
	local target=${share##*:}
	[[ $share = *:/* ]] || target=/mnt/share
	share=${share%:/*}
	[ -d "$share" ] || fail open "$share" 'no such directory'
	[[ $share$target != *[,[:space:]\"]* ]] || fail 'read option' "--share $share:$target" 'a comma, white space or a quote in it'
	image_options+=(-m 'virtio_pci,9pnet_virtio,9p')
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
