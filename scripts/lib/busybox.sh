# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables of mkinitramfs.sh
# SPDX-License-Identifier: MIT
#
# The rescue part of mkinitramfs.sh: busybox as /bin/busybox, and a link in /bin for each command it knows. All stand in
# /bin, wherever busybox itself would install them: /sbin/modprobe, /sbin/poweroff and others are started by the kernel, and
# a machine is not to behave differently because its image has a shell in it.

# busybox_commands FILE: the names of its commands, out of its own table: zero-terminated, sorted, and the longest such
# run in the file. The same answer on every machine, also for a busybox that cannot be executed here. Nothing has to end in
# front of the table, so its usual first name, [, may hang on to other bytes.
busybox_commands() {
	tr '\0' '\n' <"$1" | awk '
		function finish() { if (n > most) { most = n; for (i = 1; i <= n; i++) best[i] = run[i] } n = 0 }
		/^[a-z0-9[_][a-z0-9[_.+-]*$/ {
			if (n && $0 "" <= run[n] "") finish()
			if (!n && $0 == "[[" && before ~ /\[$/) run[++n] = "["
			run[++n] = $0; next
		}
		{ finish(); before = $0 }
		END { finish(); for (i = 1; i <= most; i++) print best[i] }'
}

# judge_busybox FILE: would it run as a rescue shell? A dynamically linked one would not.
judge_busybox() {
	"$elfcheck" --profile static --arch "$arch" "${1/#-/./-}" 2>&1
}

# choose_busybox: this machine's own where it can be taken, else the one that was fetched.
choose_busybox() {
	local own='' file
	[ "$arch" != "$host_arch" ] || own=$(type -P busybox || true)
	for file in "$own" "$place_busybox"; do
		[ -f "$file" ] && judge_busybox "$file" >/dev/null && busybox=$file && return
	done
	die find busybox "there is no static one for $arch" "scripts/fetch-busybox.sh $arch brings the distribution's"
}

check_busybox() {
	local report status=0
	[ -x "$elfcheck" ] || die run "$elfcheck" "no such checker" "$hint_build"
	[ "$busybox" != default ] || choose_busybox
	check_file "$busybox" "no such file"
	report=$(judge_busybox "$busybox") || status=$?
	[ $status != 0 ] || return 0
	report=$(sed -n 's/^  fail  \([a-z].*\)/\1/p' <<<"$report")
	die check "$busybox" "${report:-$elfcheck ended with status $status}"
}

# list_busybox: records, of lower rank than anything else: a payload or a file of the same name is taken instead.
list_busybox() {
	local commands
	check_busybox
	[ "$(basename -- "$payload")" != busybox ] || cmp -s -- "$payload" "$busybox" ||
		die place /bin/busybox "the payload has this name too"
	commands=$(busybox_commands "$busybox")
	grep -qx sh <<<"$commands" || die read "$busybox" "no table of commands with 'sh' in it, not a busybox with a shell"
	list "$busybox" image_list "$busybox" /bin/busybox 755
	# The two that would be a PID 1 are left out.
	# shellcheck disable=SC2016 # awk's
	list "$busybox" awk -v OFS='\t' '!/^(busybox|init|linuxrc)$/ { print "/bin/" $0, "l", 777, 7, "busybox" }' <<<"$commands"
}
