# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables of mkinitramfs.sh
# SPDX-License-Identifier: MIT
#
# The rescue part of mkinitramfs.sh: busybox as /bin/busybox, and a link in /bin for each command it knows. All stand in
# /bin, wherever busybox itself would install them: /sbin/modprobe, /sbin/poweroff and others are started by the kernel, and
# a machine is not to behave differently because its image has a shell in it.

# busybox_commands FILE: the names of its commands, out of its own table: zero-terminated, sorted, and the longest such
# run in the file. The same answer on every machine, also for a busybox that cannot be executed here.
busybox_commands() {
	tr '\0' '\n' <"$1" | awk '
		function finish() { if (n > most) { most = n; for (i = 1; i <= n; i++) best[i] = run[i] } n = 0 }
		/^[a-z0-9[_][a-z0-9[_.+-]*$/ { if (n && $0 "" <= run[n] "") finish(); run[++n] = $0; next }
		{ finish() }
		END { finish(); for (i = 1; i <= most; i++) print best[i] }'
}

choose_busybox() {
	local fetched=$build/busybox/$arch host
	[ "$busybox" = default ] || return 0
	host=$(uname -m | sed s/aarch64/arm64/)
	if [ -e "$fetched" ]; then
		busybox=$fetched
	elif [ "$arch" = "$host" ] && busybox=$(type -P busybox); then
		return 0
	else
		die find busybox "there is none for $arch" "scripts/fetch-busybox.sh $arch brings the distribution's"
	fi
}

# A dynamically linked one would be a rescue shell that does not start.
check_busybox() {
	local report status=0
	check_file "$busybox" "no such file"
	report=$("$elfcheck" --profile static --arch "$arch" "${busybox/#-/./-}" 2>&1) || status=$?
	[ $status != 0 ] || return 0
	report=$(sed -n 's/^  fail  \([a-z].*\)/\1/p' <<<"$report")
	die check "$busybox" "${report:-$elfcheck ended with status $status}"
}

# list_busybox: records, of lower rank than anything else: a payload or a file of the same name is taken instead.
list_busybox() {
	local commands
	choose_busybox
	check_busybox
	[ "$(basename -- "$payload")" != busybox ] || [ "$payload" -ef "$busybox" ] ||
		die place /bin/busybox "the payload has this name too"
	commands=$(busybox_commands "$busybox")
	grep -qx sh <<<"$commands" || die read "$busybox" "no table of commands with 'sh' in it, not a busybox with a shell"
	list "$busybox" image_list "$busybox" /bin/busybox 755
	# The two that would be a PID 1 are left out.
	# shellcheck disable=SC2016 # awk's
	list "$busybox" awk -v OFS='\t' '!/^(busybox|init|linuxrc)$/ { print "/bin/" $0, "l", 777, 7, "busybox" }' <<<"$commands"
}
