#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# /etc/initgate.conf. manifest= is init's own key for where to look; its place among the lines is free.
load helper

conf() {
	content etc/initgate.conf | grep -v '^manifest='
}

@test "a payload alone" {
	built prog
	[ "$(conf)" = payload=/bin/prog ]
	content etc/initgate.conf | grep -qx 'manifest=/etc/initgate.manifest'
}

@test "no arguments, no file for them" {
	built prog --
	[ "$(conf)" = payload=/bin/prog ]
	[ -z "$(paths | grep args)" ]
}

@test "the lines in their order" {
	[ -d "$kernel_tree" ] || skip "no kernel in $kernel_tree (make kernel)"
	built --conf on_exit=halt -m loop,virtio_blk -m virtio_net --conf env.A=1 prog -- x
	[ "$(conf)" = "$(printf '%s\n' payload=/bin/prog args_file=/etc/initgate.args \
		modules=loop,virtio_blk,virtio_net on_exit=halt env.A=1)" ]
}

@test "values with white space are quoted, others are not" {
	built --conf 'args=a b' --conf $'env.T=x\ty' --conf 'env.H=#x' --conf 'env.E=a=b' --conf env.N= prog
	conf | grep -qxF 'args="a b"'
	conf | grep -qxF $'env.T="x\ty"'
	conf | grep -qxF 'env.H=#x'
	conf | grep -qxF 'env.E=a=b'
	conf | grep -qxF 'env.N='
}

@test "what the grammar cannot say is refused" {
	refused --conf 'args=a "b"' prog
	refused --conf $'args=a\nb' prog
	refused --conf novalue prog
}

@test "what the grammar would read as something else is refused" {
	refused --conf 'env.A="x"' prog
	refused --conf 'env.A=x"y' prog
	refused --conf '#k=v' prog
	refused --conf 'a b=v' prog
	refused --conf '=v' prog
}

@test "payload= of one's own replaces the generated line" {
	built --conf payload=/opt/other prog
	[ "$(conf)" = payload=/opt/other ]
	paths | grep -qx bin/prog
	built --conf payload= prog
	[ "$(conf)" = payload= ]
}
