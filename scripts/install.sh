#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# install.sh install|uninstall: puts what `make` built under $DESTDIR$PREFIX (/usr/local), or takes it away. Builds
# nothing, so that `sudo make install` leaves no file of root's in the tree. All that the commands need lies in one
# directory, lib/initgate, and finds the rest relative to itself: it may be moved as a whole. Files belong to whoever
# installs; modes are 644 and 755 whatever the umask; times are SOURCE_DATE_EPOCH, or that of the last commit.
set -euo pipefail
export LC_ALL=C
cd "$(dirname "$0")/.."
umask 022
what=${1:?usage: install.sh install|uninstall}
build=${O:-build}
root=${DESTDIR:-}${PREFIX:-/usr/local}
lib=lib/initgate doc=share/doc/initgate completions=share/bash-completion/completions
epoch=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || echo 0)}

fail() {
	echo "install: $1 '$2': $3" >&2
	exit 1
}

# put MODE FILE... DIR: the files, under their names, into the directory.
put() {
	local mode=$1 dir=${*: -1} file
	for file in "${@:2:$#-2}"; do
		put_as "$mode" "$file" "$dir/$(basename "$file")"
	done
}

# put_as MODE FILE TARGET
put_as() {
	if [ "$what" = uninstall ]; then
		rm -f "${root:?}/$3"
		return
	fi
	[ -r "$2" ] || fail read "$2" 'no such file, installed only in part (make builds it)'
	mkdir -p "$root/$(dirname "$3")"
	install -m "$1" "$2" "$root/$3"
	touch -d "@$epoch" "$root/$3"
}

# link TARGET NAME: a symbolic link in the place of a command.
link() {
	rm -f "${root:?}/$2"
	[ "$what" = uninstall ] || {
		ln -s "$1" "$root/$2"
		touch -h -d "@$epoch" "$root/$2"
	}
}

# A checker without symbols and without the paths of this tree.
strip_elfcheck() {
	stripped=$(mktemp)
	trap 'rm -f "$stripped"' EXIT
	[ "$what" = uninstall ] || strip -s -o "$stripped" "$build/host/elfcheck"
}

put_commands() {
	local file init
	put_as 755 "$stripped" bin/elfcheck
	put 755 scripts/mkinitramfs.sh scripts/boot.sh $lib
	link ../$lib/mkinitramfs.sh bin/initgate-mkinitramfs
	link ../$lib/boot.sh bin/initgate-boot
	for file in scripts/lib/*; do
		case $file in */apt.sh | */places*.sh) ;; *) put 644 "$file" $lib/lib ;; esac
	done
	put_as 644 scripts/lib/places-installed.sh $lib/lib/places.sh
	put 644 scripts/arch/*.sh $lib/arch
	put 644 modules/sets/*.list $lib/modules/sets
	while read -r file; do
		put_as 644 "$file" "$lib/$file"
	done < <(find initramfs-skel -type f | sort)
	for init in "$build"/*/init; do
		[ -e "scripts/arch/$(basename "$(dirname "$init")").sh" ] || continue
		put_as 755 "$init" "$lib/$(basename "$(dirname "$init")")/init"
	done
}

put_docs() {
	local page
	for page in docs/man/*.[158]; do
		put 644 "$page" "share/man/man${page##*.}"
	done
	put 644 scripts/completion/initgate-boot $completions
	link initgate-boot $completions/initgate-mkinitramfs
	link initgate-boot $completions/elfcheck
	put 644 README.md LICENSE $doc
	put 644 docs/*.md $doc/docs
	# What PID 1 contains that is not ours.
	put_as 644 "$build/src/kmod/COPYING" $doc/licences/libkmod
	[ ! -e /usr/share/doc/musl/copyright ] || put_as 644 /usr/share/doc/musl/copyright $doc/licences/musl
}

case $what in
install)
	[ -e "$build/host/elfcheck" ] || fail read "$build/host/elfcheck" 'no such file, nothing installed (make builds it)'
	compgen -G "$build/*/init" >/dev/null || fail read "$build/*/init" 'no such file, nothing installed (make builds it)'
	# Of an earlier version nothing stays.
	rm -rf "${root:?}/$lib" "${root:?}/$doc"
	;;
uninstall) ;;
*) fail run "$what" 'neither install nor uninstall, nothing done' ;;
esac
strip_elfcheck
put_commands
put_docs
case $what in
install) find "$root/$lib" "$root/$doc" -type d -exec touch -d "@$epoch" {} + ;;
uninstall) rm -rf "${root:?}/$lib" "${root:?}/$doc" ;;
esac
