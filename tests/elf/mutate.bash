# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# The mutated files of tests/elf/mutations, for mutations.bats and peers.sh. To be sourced; O names the build directory.
# Everything goes into $mutations: bases/, files/NAME, empty/ (a root without anything) and loader/ (one with the
# loader and libraries of this machine). Options in the table are meant for a command that is started there.

mutations_source=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
mutations=${O:?}/tests/mutations

# mutations_rows: prints the table, columns parted by | alone; empty ones instead of "-".
mutations_rows() {
	sed -E -e '/^(#|$)/d' -e 's/ *[|] */|/g' -e ':more' -e 's/[|]-([|]|$)/|\1/' -e 't more' \
		"$mutations_source/mutations"
}

# mutations_tool NAME: compiles NAME.c.
mutations_tool() {
	gcc -std=gnu11 -O2 -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Werror \
		-o "$mutations/$1" "$mutations_source/$1.c"
}

# mutations_base KIND: prints the path of an unharmed program, a kind of build.sh or a C program.
mutations_base() {
	local file=$mutations/bases/$1 flags=()
	case $1 in
	c-static) flags=(-static -no-pie) ;;
	c-dynamic) flags=(-rdynamic '-Wl,-z,now,--hash-style=both') ;;
	c-gnu-hash) flags=(-rdynamic '-Wl,-z,lazy,--hash-style=gnu') ;;
	*)
		[ -e "$file" ] || ln -s "$("$mutations_source/build.sh" "$1" | tail -n 1)" "$file"
		echo "$file"
		return
		;;
	esac
	[ -e "$file" ] || printf '%s\n' '#include <stdio.h>' 'int main(void) { return puts("hello") < 0; }' |
		gcc -O2 "${flags[@]}" -x c -o "$file" -
	echo "$file"
}

# mutations_make: makes everything anew.
mutations_make() {
	local name base patch edits library
	rm -rf "$mutations"
	mkdir -p "$mutations"/{bases,files,empty,loader/lib64}
	mutations_tool patch
	mutations_tool execute
	while read -r library; do
		cp --parents "$library" "$mutations/loader"
	done < <(ldd "$(mutations_base c-dynamic)" | grep -oE '/[^ ]+')
	while IFS='|' read -r name base patch _; do
		base=$(mutations_base "$base")
		install -m 755 "$base" "$mutations/files/$name"
		read -ra edits <<< "$patch"
		[ ${#edits[@]} = 0 ] || "$mutations/patch" "$mutations/files/$name" "${edits[@]}"
	done < <(mutations_rows)
	printf 'CONFIG_FUTEX=y\nCONFIG_NET=y\nCONFIG_INET=y\nCONFIG_UNIX=y\nCONFIG_EVENTFD=y\nCONFIG_INOTIFY_USER=y\n' \
		> "$mutations/no-epoll"
	printf 'CONFIG_FUTEX=y\nCONFIG_EPOLL=y\nCONFIG_EVENTFD=y\n' > "$mutations/no-net"
}
