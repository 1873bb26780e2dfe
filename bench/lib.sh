# shellcheck shell=bash
# shellcheck disable=SC2154 # of the caller
# SPDX-License-Identifier: MIT
#
# What benchmarks share. To be sourced, with $build set.

# bench_chroot NAME PACKAGE,...: this release of the distribution with these packages and the kernel's modules in
# $build/bench/NAME, made once. Prints the directory. Needs root, for debootstrap; the mirror is the one of this
# machine's apt.
bench_chroot() {
	local chroot=$build/bench/$1 packages=$2 kernel=$build/kernels/x86_64 release mirror version
	if [ ! -e "$chroot/ready" ]; then
		# shellcheck disable=SC1091
		release=$(. /etc/os-release && echo "$VERSION_CODENAME")
		# shellcheck disable=SC2016 # apt replaces these
		mirror=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE)' 'Created-By: Packages' |
			awk -v r="$release" '$2 == r { print $1; exit }')
		awk -v d="$chroot/" 'index($5, d) == 1 { print $5 }' /proc/self/mountinfo | sort -r | xargs -r umount
		rm -rf --one-file-system "$chroot"
		mkdir -p "$build/bench"
		debootstrap --variant=minbase --include="$packages" "$release" "$chroot" "$mirror" \
			>"$build/bench/debootstrap-$1.log" 2>&1 || {
			echo "bench: install '$packages' in '$chroot': see $build/bench/debootstrap-$1.log, not measured" >&2
			return 1
		}
		version=$(cat "$kernel/version")
		mkdir -p "$chroot/lib/modules"
		cp -r "$kernel/modules/lib/modules/$version" "$chroot/lib/modules/"
		cp "$kernel/config" "$chroot/boot/config-$version"
		touch "$chroot/ready"
	fi
	echo "$chroot"
}
