#!/usr/bin/env bats
# shellcheck disable=SC2016,SC2034,SC2154 # $ for others; set by bats
# SPDX-License-Identifier: MIT
#
# What is installed: files, modes and times; the commands without the source tree; manual pages and completion against
# what the programs say themselves; the Debian package.

bats_require_minimum_version 1.5.0

setup_file() {
	repo=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	export repo O=${O:-$repo/build}
	O=$(cd "$O" && pwd)
	dir=$(mktemp -d /tmp/install-test.XXXXXX) # not under bats's own directory, which other users may not enter
	export dir
	chmod 755 "$dir"
	export PREFIX=/usr DESTDIR=$dir/root SOURCE_DATE_EPOCH=1700000000
	# As the user of an odd umask: it must not show.
	(umask 077 && "$repo/scripts/install.sh" install)
	version=$(cat "$O/kernels/x86_64/version")
	export version
}

teardown_file() {
	rm -rf "$dir"
}

# somewhere_else COMMAND...: as nobody, on a machine whose running kernel is the one that the tests boot, and without the
# source tree and what was built in it.
somewhere_else() {
	[ "$(id -u)" = 0 ] || skip 'needs root to become somebody else'
	if [ ! -e "$dir/machine" ]; then
		mkdir -p "$dir/machine/boot" "$dir/machine/lib/modules" "$dir/machine/bin" "$dir/home" "$dir/empty"
		cp "$O/kernels/x86_64/vmlinuz" "$dir/machine/boot/vmlinuz-$version"
		cp -r "$O/kernels/x86_64/modules/lib/modules/$version" "$dir/machine/lib/modules/"
		printf '#!/bin/sh\n[ "$*" != -r ] || { echo %s && exit; }\nexec /usr/bin/uname "$@"\n' "$version" \
			>"$dir/machine/bin/uname"
		cp "$O/payloads/hello" "$O/payloads/hello-pie" "$dir/"
		chmod -R a+rX "$dir/machine" && chmod 755 "$dir/machine/bin/uname" "$dir"/hello*
		chown 65534 "$dir/home"
	fi
	unshare -m sh -ec '
		mount -t overlay overlay -o "lowerdir=$dir/machine/lib:/usr/lib" /usr/lib
		mount --bind "$dir/machine/boot" /boot
		for tree in "$O" "$repo"; do mount --bind "$dir/empty" "$tree"; done
		cd "$dir/home"
		exec setpriv --reuid=65534 --regid=65534 --clear-groups env -i HOME="$dir/home" TMPDIR=/tmp \
			PATH="$dir/machine/bin:$dir/root/usr/bin:/usr/bin:/bin" "$@"' sh "$@"
}

# Options and settings, one a line: as --help has them, as a manual page documents them.
options_of_help() {
	"$@" --help | grep -oE '(^|[[:space:]])--?[a-z][a-z-]*' | tr -d '[:blank:]' | grep -vxE -- '-h|--help' | sort -u
}

options_of_page() {
	sed -n 's/^\.It //p' "$repo/docs/man/$1" | grep -oE '(^|, )Fl [^ ]+' | sed 's/.*Fl /-/' |
		grep -vxE -- '-h|--help' | sort -u
}

keys_of_page() {
	sed -n 's/^\.It Ic //p' "$repo/docs/man/initgate.conf.5" | sed 's/ , /\n/g; s/\\& Ns Ar //' | sort
}

@test "files, modes, times: nothing of the builder's umask, clock and paths" {
	[ "$(find "$DESTDIR" -mindepth 2 -type d ! -perm 755 -o -type f ! -perm 644 ! -perm 755)" = '' ]
	[ "$(find "$DESTDIR" \( -type f -o -type l \) -printf '%T@\n' | sort -u)" = 1700000000.0000000000 ]
	[ "$(find "$DESTDIR"/usr/{lib,share/doc}/initgate -printf '%T@\n' | sort -u)" = 1700000000.0000000000 ] # whole directories
	run find "$DESTDIR/usr" -type f -perm 755 -printf '%P\n'
	[ "$(sort <<<"$output")" = "$(printf '%s\n' bin/elfcheck lib/initgate/{boot.sh,mkinitramfs.sh} \
		"$(cd "$O" && printf 'lib/initgate/%s\n' */init | grep -v /faults/)" | sort)" ]
	run grep -raF -e "$repo" -e "$O" "$DESTDIR"
	[ "$status" = 1 ]
	run -1 grep -F .debug <(readelf -SW "$DESTDIR/usr/bin/elfcheck")
}

@test "what one needs to read: all manual pages, what README links to, the licences of what PID 1 contains" {
	local doc=$DESTDIR/usr/share/doc/initgate file
	diff <(cd "$repo/docs/man" && printf '%s\n' *.[0-9]) <(cd "$DESTDIR/usr/share/man" && find . -type f -printf '%f\n' | sort)
	[ -z "$(find "$DESTDIR/usr/share/man" -type f -printf '%f %h\n' | grep -vE '\.([0-9]) .*/man\1$')" ]
	grep -oE '\]\([^):#]+' "$doc/README.md" | cut -c 3- >"$BATS_TEST_TMPDIR/links"
	grep -qx LICENSE "$BATS_TEST_TMPDIR/links"
	while read -r file; do
		[ -s "$doc/$file" ] || { echo "$file" && return 1; }
	done <"$BATS_TEST_TMPDIR/links"
	cmp "$doc/licences/libkmod" "$O/src/kmod/COPYING"
	[ ! -e /usr/share/doc/musl/copyright ] || cmp "$doc/licences/musl" /usr/share/doc/musl/copyright
}

@test "installing twice gives the same, and nothing of an earlier version stays" {
	(cd "$DESTDIR" && find . -type f -exec sha256sum {} + | sort) >"$dir/before"
	touch "$DESTDIR/usr/lib/initgate/arch/vax.sh"
	"$repo/scripts/install.sh" install
	(cd "$DESTDIR" && find . -type f -exec sha256sum {} + | sort) | diff "$dir/before" -
}

@test "uninstall leaves what is not ours" {
	mkdir -p "$BATS_TEST_TMPDIR/usr/local/bin" && touch "$BATS_TEST_TMPDIR/usr/local/bin/other"
	env -u PREFIX DESTDIR="$BATS_TEST_TMPDIR" "$repo/scripts/install.sh" install
	[ -x "$BATS_TEST_TMPDIR/usr/local/bin/initgate-boot" ]
	env -u PREFIX DESTDIR="$BATS_TEST_TMPDIR" "$repo/scripts/install.sh" uninstall
	[ "$(find "$BATS_TEST_TMPDIR" ! -type d -printf '%f\n')" = other ]
	[ "$(find "$BATS_TEST_TMPDIR" -name 'initgate*')" = '' ]
}

@test "nothing built: nothing is installed" {
	O=$BATS_TEST_TMPDIR DESTDIR=$BATS_TEST_TMPDIR/root run "$repo/scripts/install.sh" install
	[ "$status" = 1 ]
	[[ $output = *'no such file, nothing installed (make builds it)' ]]
	[ ! -e "$BATS_TEST_TMPDIR/root" ]
}

@test "somebody without the source tree checks, builds and boots: the running kernel, its modules" {
	run somewhere_else sh -c "! ls $repo/Makefile 2>&1 && elfcheck $dir/hello"
	[ "$status" = 0 ]
	run somewhere_else initgate-mkinitramfs -o image -m dm_verity "$dir/hello" -- exit 7
	echo "$output" && [ "$status" = 0 ]
	bsdtar -tf "$dir/home/image" | grep -qx "lib/modules/$version/kernel/drivers/md/dm-verity.ko"
	run somewhere_else initgate-boot -m dm_verity "$dir/hello"
	echo "$output" && [ "$status" = 0 ]
	[[ $output = *'module dm_verity'* ]]
	# What it made: a cache of the user, and nothing else.
	[ "$(find "$dir/home" -mindepth 1 -maxdepth 1 -printf '%f\n' | sort | paste -sd ' ')" = '.cache image' ]
	[ -n "$(find "$dir/home/.cache/initgate" -size +1M)" ]
}

@test "without a home nothing is kept" {
	run somewhere_else env -u HOME initgate-boot "$dir/hello" exit 7
	echo "$output" && [ "$status" = 7 ]
	run somewhere_else initgate-boot "$dir/hello-pie"
	[ "$status" = 125 ]
	[[ $output = *'it would not run from this image, nothing written'* ]]
}

@test "what is missing is named in the words of an installed command" {
	run somewhere_else initgate-boot --kernel /nowhere "$dir/hello"
	[ "$status" = 125 ]
	[ "$output" = "boot: open '/nowhere': no such kernel (--kernel takes one), not booted" ]
	chmod 0 "$dir/machine/boot/vmlinuz-$version"
	run somewhere_else initgate-boot "$dir/hello"
	chmod 644 "$dir/machine/boot/vmlinuz-$version"
	[ "$status" = 125 ]
	[ "$output" = "boot: open '/boot/vmlinuz-$version': permission denied, not booted" ]
	run somewhere_else initgate-mkinitramfs -o image --arch riscv64 -m virtio --init "$dir/hello" "$dir/hello"
	[ "$status" = 1 ]
	[[ $output = *"/riscv64/lib/modules': no such directory, nothing written" ]]
	run somewhere_else initgate-mkinitramfs --help
	[[ ${lines[0]} = 'usage: initgate-mkinitramfs -o OUT '* ]]
}

@test "every option of --help is in the manual page, and no other" {
	diff <(options_of_help "$repo/scripts/mkinitramfs.sh") <(options_of_page initgate-mkinitramfs.1)
	diff <(options_of_help "$repo/scripts/boot.sh") <(options_of_page initgate-boot.1)
	diff <(options_of_help "$O/host/elfcheck") <(options_of_page elfcheck.1)
	[ "$(options_of_help "$O/host/elfcheck" | wc -l)" -ge 11 ]
}

@test "every setting is in the manual page and in docs/CONFIG.md" {
	keys_of_page >"$BATS_TEST_TMPDIR/page"
	diff <({ sed -n '/^static const struct key keys/,/^}/s/^\t{ "\([a-z_]*\)".*/\1/p' "$repo/init/config.c" && echo env.NAME; } |
		sort) "$BATS_TEST_TMPDIR/page"
	diff <(sed -n '/^## Keys/,/^###/p' "$repo/docs/CONFIG.md" | grep '^| `' | cut -d'|' -f2 | grep -o '`[^`]*`' | tr -d '`' |
		sort) "$BATS_TEST_TMPDIR/page"
}

@test "manual pages: mandoc and man find nothing wrong, each has a name and one line" {
	local page
	for page in "$repo"/docs/man/*.[158]; do
		# Which other pages this machine has does not matter.
		run bash -c 'mandoc -Tlint "$1" 2>&1 | grep -v "outdated mandoc.db\|referenced manual not found"' - "$page"
		[ "$output" = '' ] || { echo "$output" && false; }
		lexgrog "$page" | grep -F "${page##*/}: \"$(basename "${page%.*}") - "
		[ -z "$(MANROFFOPT=-ww man --warnings=w -l "$page" 2>&1 >/dev/null)" ]
	done
}

# completed WORD...: what completion offers for the last word of a line.
completed() {
	env -i HOME="$dir/home" PATH="$DESTDIR/usr/bin:/usr/bin:/bin" bash -c '
		compopt() { :; }
		. "$0"
		COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
		set -- "$1" "${@: -1}" "${COMP_WORDS[COMP_CWORD - 1]}"
		$(complete -p "$1" | sed "s/.*-F \([^ ]*\) .*/\1/") "$@"
		printf "%s\n" "${COMPREPLY[@]}"' "$DESTDIR/usr/share/bash-completion/completions/initgate-boot" "$@"
}

@test "completion: options out of --help, with those of mkinitramfs in boot" {
	[ "$(completed elfcheck --k)" = $'--kernel\n--kernel-config' ]
	[ "$(completed initgate-mkinitramfs --comp)" = --compress ]
	[ "$(completed initgate-boot --modules)" = --modules-dir ]
	local option
	for option in $(options_of_help "$DESTDIR/usr/bin/initgate-boot"); do
		completed initgate-boot "$option" | grep -qx -e "$option" || { echo "$option" && false; }
	done
	# bash looks for a file of the command's name.
	diff <(ls "$DESTDIR/usr/bin") <(cd "$DESTDIR/usr/share/bash-completion/completions" && find . -readable -size +0 -printf '%f\n' | grep -vx . | sort)
}

@test "completion: values" {
	[ "$(completed elfcheck --profile st)" = static ]
	[ "$(completed elfcheck --allow interp-p)" = interp-present ]
	[ "$(completed initgate-mkinitramfs --compress z)" = zstd ]
	[ "$(completed initgate-boot --machine mi)" = microvm ]
	[ "$(completed initgate-boot --accel t)" = tcg ]
	[ "$(completed initgate-mkinitramfs -m virt | head -n 1)" = virtio ]
	[ "$(completed initgate-boot --modules-dir "$O/kernels/x86_64/modules" -m xfs,dm-veri)" = xfs,dm-verity ]
	mkdir -p "$BATS_TEST_TMPDIR/files/directory" && touch "$BATS_TEST_TMPDIR/files/file" && cd "$BATS_TEST_TMPDIR/files"
	[ "$(completed initgate-boot --keep '')" = directory/ ]
	[ "$(completed initgate-boot --skel '')" = directory/ ] # as initgate-mkinitramfs says
	[ "$(completed initgate-boot --kernel 'fi')" = file ]
	[ "$(completed initgate-boot 'fi')" = file ]
	[ "$(completed initgate-mkinitramfs file -- 'fi')" = file ]
	[ "$(completed initgate-boot --memory '')" = '' ]
}

@test "the Debian package: what make install installs, the same PID 1, no error of lintian" {
	local out=$BATS_TEST_TMPDIR/build
	mkdir -p "$out"
	ln -s "$O/src" "$out/src"
	version=$(sed -n 's/^VERSION := //p' "$repo/Makefile")
	(cd "$repo" && env -u SOURCE_DATE_EPOCH -u DESTDIR -u PREFIX O="$out" scripts/make-deb.sh "$version")
	dpkg-deb -x "$out/deb/initgate_${version}_amd64.deb" "$dir/deb"
	cmp "$dir/deb/usr/lib/initgate/x86_64/init" "$O/x86_64/init"
	diff <(cd "$DESTDIR/usr" && find bin lib share/man share/bash-completion ! -type d | grep -v '/arm64/\|/riscv64/\|/arm/' | sort) \
		<(cd "$dir/deb/usr" && find bin lib share/man share/bash-completion ! -type d | sed 's/\.gz$//' | sort)
	run grep -raF -e "$out" -e "$repo" "$dir/deb"
	[ "$status" = 1 ]
	tar -tf "$out/deb/initgate_$version.tar.xz" | grep -x "initgate-$version/kmod/COPYING"
	run lintian --tag-display-limit 0 --fail-on error,warning "$out/deb/initgate_${version}_amd64.changes"
	echo "$output" && [ "$status" = 0 ]
	rm -rf "$dir/root" && mv "$dir/deb" "$dir/root"
	run somewhere_else initgate-mkinitramfs -o image2 "$dir/hello" -- exit 7
	echo "$output" && [ "$status" = 0 ]
}
