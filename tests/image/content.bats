#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What stands in an image, and how.
load helper

@test "init and payload are in their places with their content" {
	built prog
	[ "$(content init)" = INIT ]
	[ "$(content bin/prog)" = PAYLOAD ]
}

@test "init can be executed whatever its mode on disk" {
	chmod 644 init
	built prog
	entries | grep -q '^init 100755 '
}

@test "the payload keeps its x bits, and the lack of them" {
	built prog
	entries | grep -q '^bin/prog 100755 '
	chmod 644 prog
	built --force prog
	entries | grep -q '^bin/prog 100644 '
}

@test "device nodes, without being root" {
	built prog
	entries | grep -q '^dev/console 20600 .* 5:1$'
	entries | grep -q '^dev/null 20666 .* 1:3$'
}

@test "the skeleton has what a static program looks for" {
	built prog
	for dir in dev proc sys run tmp etc bin lib root var; do
		entries | grep -q "^$dir 4[0-7]* " || { echo "$dir" && return 1; }
	done
	entries | grep -q '^tmp 41777 '
	[ "$(content etc/passwd | cut -d: -f1,3,4)" = root:0:0 ]
	content etc/group | grep -q '^root:x:0:'
	content etc/hosts | grep -q '^127\.0\.0\.1.*localhost'
	[ -z "$(paths | grep mtree)" ]
}

@test "another skeleton with --skel" {
	mkdir -p skel/opt
	echo x >skel/opt/file
	printf './srv type=dir mode=0711\n./dev/zero type=char mode=0666 device=native,1,5\n' >skel/skel.mtree
	built --skel skel prog
	entries | grep -q '^opt/file 100644 '
	entries | grep -q '^srv 40711 '
	entries | grep -q '^dev/zero 20666 .* 1:5$'
	[ -z "$(paths | grep hosts)" ]
}

@test "every entry: owner 0:0, one device for all, a number of its own from 1, one link a file" {
	ln prog prog2
	mkdir tree
	ln prog tree/again
	built --add prog2:/a --add tree:/t prog
	[ -z "$(entries | awk '$3 != 0 || $4 != 0')" ]
	[ "$(entries | awk "{ print \$9 }" | sort -u | wc -l)" = 1 ]
	[ "$(entries | awk '{ print $8 }')" = "$(seq "$(entries | wc -l)")" ]
	[ -z "$(entries | awk '$2 ~ /^10/ && $5 != 1')" ]
}

@test "parents come before children and no path twice" {
	mkdir -p tree/deep/er
	touch tree/deep/er/file tree/deep-er
	built --add tree:/opt/new --add prog:/x/y/z prog
	paths | awk -F/ '{ up = $0; if (sub("/[^/]*$", "", up) && !(up in seen)) exit 1; if ($0 in seen) exit 1; seen[$0] }'
	entries | grep -q '^x/y 40755 '
	paths | grep -qx opt/new/deep/er/file
}

@test "names have no leading slash, and the length is a multiple of 512" {
	built prog
	[ -z "$(bsdtar -tf img | grep '^/')" ]
	[ $(($(stat -c %s img) % 512)) = 0 ]
}

@test "the manifest is last and lists every regular file before it in order" {
	printf 'twelve bytes' >data
	: >empty
	built --add data:/zz/data --add empty:/aa prog -- arg
	[ "$(paths | tail -n 1)" = etc/initgate.manifest ]
	[ "$(content etc/initgate.manifest)" = \
		"$(entries | awk '$2 ~ /^10/ && $1 != "etc/initgate.manifest" { print $7 " /" $1 }')" ]
	content etc/initgate.manifest | grep -qx '12 /zz/data'
	content etc/initgate.manifest | grep -qx '0 /aa'
}

@test "a manifest from outside does not replace the real one" {
	echo fake >fake
	built --add fake:/etc/initgate.manifest prog
	[ "$(paths | grep -c initgate.manifest)" = 1 ]
	content etc/initgate.manifest | grep -qx '7 /bin/prog'
}

@test "arguments arrive byte for byte" {
	built prog -- 'a b' '' $'new\nline' '"q"' $'\xff\x01' -- '#x'
	printf '%s\0' 'a b' '' $'new\nline' '"q"' $'\xff\x01' -- '#x' >expected
	content etc/initgate.args | cmp - expected
}

@test "--add of a file, and of another in its place" {
	echo one >one
	echo two >two
	chmod 640 two
	built --add one:/data/file --add two:/data/file prog
	[ "$(content data/file)" = two ]
	[ "$(paths | grep -c data/file)" = 1 ]
	built --add two:/etc/hosts prog
	[ "$(content etc/hosts)" = two ]
}

@test "--add of a tree keeps links, empty directories, modes of programs" {
	mkdir -p tree/empty tree/sub
	echo hi >tree/sub/run.sh
	chmod 755 tree/sub/run.sh
	ln -s sub/run.sh tree/link
	ln -s /nowhere tree/dangling
	built --add tree:/opt prog
	entries | grep -q '^opt/empty 40755 '
	entries | grep -q '^opt/sub/run.sh 100755 '
	bsdtar -tvf img | grep -q 'opt/link -> sub/run.sh$'
	bsdtar -tvf img | grep -q 'opt/dangling -> /nowhere$'
	[ "$(content opt/sub/run.sh)" = hi ]
}

@test "--add: the owner is root whoever owns the file, special bits stay, a link that is named is followed" {
	[ "$(id -u)" = 0 ] || skip "needs root to give a file away"
	mkdir -p tree/dir
	echo data >tree/dir/file
	chown -R 1000:1000 tree
	chmod 4755 tree/dir/file
	chmod 2750 tree/dir
	ln -s tree link
	ln -s tree/dir/file file-link
	ln -s dir tree/dir-link
	built --add link:/t --add file-link:/f --add tree/dir/file:/into/ prog
	entries | grep -q '^t 40755 0 0 '
	entries | grep -q '^t/dir 42750 0 0 '
	entries | grep -q '^t/dir/file 104755 0 0 '
	entries | grep -q '^f 104755 0 0 '
	entries | grep -q '^into/file 104755 0 0 '
	bsdtar -tvf img | grep -q ' t/dir-link -> dir$'
}

@test "--add of a directory to / does not undo the skeleton" {
	mkdir -p tree/etc
	chmod 700 tree tree/etc
	echo mine >tree/etc/mine
	built --add tree:/ prog
	[ "$(content etc/mine)" = mine ]
	paths | grep -qx etc/hosts
	paths | grep -qx dev/console
}

@test "odd names survive" {
	mkdir tree
	for name in 'with space' ' lead' 'trail ' 'back\slash' '#hash' 'a=b' $'\xff\xfe' 'quo"te' "apo'strophe" 'st*r' '\101' é; do
		printf '%s' "$name" >"tree/$name"
	done
	built --add tree:/odd prog
	mkdir out
	bsdtar -xf img -C out ./odd 2>/dev/null || bsdtar -xf img -C out odd
	diff -r tree out/odd
}

@test "names that a line cannot hold are refused or survive" {
	mkdir tree
	echo x >tree/$'tab\there'
	echo x >tree/$'new\nline'
	build --add tree:/odd prog
	if [ "$status" = 0 ]; then
		mkdir out
		bsdtar -xf img -C out odd
		diff -r tree out/odd
	else
		[[ $output == *newline* || $output == *line\ break* ]]
		nothing_left
	fi
}

@test "a file whose name begins with a dash" {
	printf data >./-x
	built --add -x:/data ./prog
	[ "$(content data)" = data ]
}

@test "a payload with a space in its name" {
	cp prog 'my prog'
	built 'my prog'
	[ "$(content 'bin/my prog')" = PAYLOAD ]
	content etc/initgate.conf | grep -qx 'payload="/bin/my prog"'
}

@test "a payload by way of a symbolic link is a file in the image" {
	ln -s prog link
	built link
	entries | grep -q '^bin/link 100755 .* 7 '
}

@test "compressed images unpack to the uncompressed one" {
	built prog
	mv img plain
	for how in gzip lz4 zstd xz; do
		built --compress $how prog
		case $how in
		lz4) lz4 -dc img >unpacked ;;
		*) $how -dc <img >unpacked ;;
		esac
		cmp plain unpacked
		mv img first
		built --compress $how prog
		cmp first img
	done
}

@test "compression as the kernel can take it" {
	built --compress xz prog
	xz --robot --list -vv img | grep -q 'CRC32'
	xz -lvv img | grep -q 'dict=1MiB'
	built --compress lz4 prog
	[ "$(od -An -tx4 -N4 --endian=little img | tr -d ' ')" = 184c2102 ]
	built --compress gzip prog
	[ "$(od -An -tx1 -j3 -N5 img | tr -d ' ')" = 0000000000 ]
}
