#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Ten modules of the kernel, others every day: the image holds what kmod's own modprobe lists for them, the firmware that
# they name as far as there is any, and nothing else. CLOSURE_SEED= repeats the choice of another day.
load helper

setup_file() {
	: "${O:=$BATS_TEST_DIRNAME/../../build}"
	[ -d "$O/kernels/x86_64/modules" ] || skip "no kernel in $O/kernels/x86_64 (make kernel)"
	export CLOSURE_SEED=${CLOSURE_SEED:-$(date +%Y%m%d)}
	echo "# CLOSURE_SEED=$CLOSURE_SEED" >&3
}

# choose FILE...: names of these modules, in an order that the seed alone decides
choose() {
	printf '%s\n' "$@" | sed 's,.*/,,; s/\.ko$//' | LC_ALL=C sort |
		LC_ALL=C sort -R --random-source=<(yes "$CLOSURE_SEED")
}

# show_depends NAME: modprobe's answer, as paths below lib/modules/VERSION
show_depends() {
	modprobe -C /dev/null -d "$tree" -S "$version" --show-depends "$1" |
		sed -n "s,^insmod $tree/lib/modules/$version/\([^ ]*\) *$,\1,p"
}

@test "ten modules chosen at random: the image holds what modprobe lists, their firmware, and no more" {
	version=$(ls "$kernel_tree/lib/modules")
	mapfile -t all < <(find "$kernel_tree" -name '*.ko')
	# Few ask for firmware, so two of those come first.
	mapfile -t asking < <(printf '%s\n' "${all[@]}" | xargs grep -lE 'firmware=[a-zA-Z0-9/_.-]+')
	mapfile -t names < <({ choose "${asking[@]}" | head -n 2 && choose "${all[@]}"; } | awk '!seen[$0]++' | head -n 10)
	[ ${#names[@]} = 10 ]
	echo "CLOSURE_SEED=$CLOSURE_SEED: ${names[*]}"
	# A tree of our own, with a file for every second firmware that they name.
	tree=$tmp/tree
	mkdir -p "$tree/lib/firmware" && cp -al "$kernel_tree/lib/modules" "$tree/lib/modules"
	for name in "${names[@]}"; do
		show_depends "$name"
	done | sort -u >listed
	[ "$(wc -l <listed)" -ge 10 ]
	while read -r file; do
		modinfo -F firmware "$tree/lib/modules/$version/$file"
	done <listed | sort -u >firmware
	awk 'NR % 2 == 0' firmware >there
	while read -r file; do
		mkdir -p "$tree/lib/firmware/$(dirname "$file")"
		echo "content of $file" >"$tree/lib/firmware/$file"
	done <there
	# This machine's own firmware would be taken for the others.
	while read -r file; do
		for found in "/lib/firmware/$file" "/lib/firmware/$file.xz" "/lib/firmware/$file.zst"; do
			[ ! -e "$found" ] || echo "${found#/lib/firmware/}"
		done
	done < <(comm -23 firmware there) >elsewhere

	built --modules-dir "$tree" -m "$(IFS=, && echo "${names[*]}")" prog
	[ -z "$(paths | sed -n "s,^lib/modules/$version/\(.*\.ko.*\),\1,p" | sort | diff listed - | tee /dev/stderr)" ]
	[ -z "$(entries | awk '$1 ~ /^lib\/firmware\// && $2 ~ /^100/ { print substr($1, 14) }' | sort |
		diff <(sort -u there elsewhere) - | tee /dev/stderr)" ]
	while read -r file; do
		[ "$(content "lib/firmware/$file")" = "content of $file" ]
	done <there

	# What the image's own indexes say is the same, so nothing is missing at boot either.
	mkdir root && bsdtar -xf img -C root --exclude 'dev/*' --exclude './dev/*'
	tree=$tmp/root
	for name in "${names[@]}"; do
		show_depends "$name"
	done | sort -u | diff listed -
}

@test "the choice depends on the seed alone" {
	CLOSURE_SEED=1
	one=$(choose a b c d e f g h i j k l m n o p)
	[ "$one" = "$(choose p a b c d e f g h i j k l m n o)" ]
	CLOSURE_SEED=2
	[ "$one" != "$(choose a b c d e f g h i j k l m n o p)" ]
}
