# shellcheck shell=bash
# shellcheck disable=SC2154 # variables of mkinitramfs.sh
# SPDX-License-Identifier: MIT
#
# The settings part of mkinitramfs.sh: /etc/initgate.conf and /etc/initgate.args, into $work/stage.

# conf_get KEY: the last value that --conf gives it; fails when there is none
conf_get() {
	local i
	for ((i = ${#conf[@]} - 1; i >= 0; i--)); do
		[ "${conf[i]%%=*}" != "$1" ] || { echo "${conf[i]#*=}" && return; }
	done
	return 1
}

# conf_line KEY VALUE: in the grammar of the kernel's command line, which has quotes but no escapes
conf_line() {
	local quotes=${2//[!\"]/}
	[[ $1 =~ ^[A-Za-z0-9_.-]+$ ]] || die write "--conf $1=$2" "not KEY=VALUE"
	case $2 in
	*$'\n'*) die write "--conf $1=${2//$'\n'/\\n}" "a value cannot hold a newline" ;;
	\"*) die write "--conf $1=$2" "a value cannot begin with a double quote" ;;
	*[[:space:]]*)
		[ -z "$quotes" ] || die write "--conf $1=$2" "a value cannot hold white space and a double quote"
		printf '%s="%s"\n' "$1" "$2"
		;;
	*)
		[ $((${#quotes} % 2)) = 0 ] || die write "--conf $1=$2" "a value cannot hold one double quote"
		printf '%s=%s\n' "$1" "$2"
		;;
	esac
}

conf_text() {
	local setting list
	conf_get payload >/dev/null || conf_line payload "/bin/$(basename -- "$payload")"
	[ ${#args[@]} = 0 ] || conf_line args_file /etc/initgate.args
	printf -v list '%s,' ${modules[@]+"${modules[@]}"}
	[ ${#modules[@]} = 0 ] || conf_line modules "${list%,}"
	conf_line manifest /etc/initgate.manifest
	for setting in ${conf[@]+"${conf[@]}"}; do
		[[ $setting = *=* ]] || die write "--conf $setting" "not KEY=VALUE"
		conf_line "${setting%%=*}" "${setting#*=}"
	done
}

# put FORMAT FILE WORD...
put() {
	# shellcheck disable=SC2059
	printf "$1" "${@:3}" >"$2"
}

stage_config() {
	local text etc=$work/stage/etc
	text=$(conf_text) || exit
	try write "$target" put '%s\n' "$etc/initgate.conf" "$text"
	[ ${#args[@]} = 0 ] || try write "$target" put '%s\0' "$etc/initgate.args" "${args[@]}"
}
