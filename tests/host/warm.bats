# SPDX-License-Identifier: MIT
# Which machines that wait are kept.

setup() {
	. "$BATS_TEST_DIRNAME/../../scripts/lib/warm.sh"
	warm_cache=$BATS_TEST_TMPDIR/warm
	mkdir "$warm_cache"
	warm_kept_mib=8
}

# machine NAME MINUTES KIB: one that was last used so long ago
machine() {
	mkdir "$warm_cache/$1"
	dd if=/dev/urandom of="$warm_cache/$1/ram" bs=1K count="$3" status=none
	: >"$warm_cache/$1/used" && touch -d "-$2 minutes" "$warm_cache/$1/used"
	touch -d "-$((100 - $2)) minutes" "$warm_cache/$1" # made in the other order
}

# clean NAME: which are there after somebody used that one
clean() {
	warm_dir=$warm_cache/$1
	warm_clean
	ls "$warm_cache"
}

@test "the four that were used last stay" {
	machine a 10 1 && machine b 50 1 && machine c 30 1 && machine d 20 1 && machine e 40 1
	[ "$(clean a)" = $'a\nc\nd\ne' ]
	[ "$(clean a)" = $'a\nc\nd\ne' ]
}

@test "there is a limit to the disk they take, which the one in use may be above" {
	machine a 10 3000 && machine b 20 3000 && machine c 30 3000
	[ "$(clean a)" = $'a\nb' ]
	warm_kept_mib=1
	[ "$(clean b)" = b ]
}

@test "what a maker works on is nobody's yet" {
	machine new.1 90 1 && machine a 10 1 && machine b 20 1 && machine c 30 1 && machine d 40 1
	[ "$(clean a)" = $'a\nb\nc\nd\nnew.1' ]
}
