# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# A private apt: the machine's own package sources, plus source packages, with state and cache in a
# directory of ours. Nothing of the system's apt changes and nothing is installed through it; callers
# download and unpack. To be sourced. The sources come from the machine's own configuration, so that
# mirrors and proxies go on working.

# apt_private_setup DIR ARCH [SUITE]: prepares DIR for Debian architecture ARCH and fetches the lists if they are not
# there. SUITE, such as bookworm-backports, is taken instead of this release's suites, from the same archive.
apt_private_setup() {
	local dir=$1 arch=$2 suite=${3:-} keyring=/usr/share/keyrings/debian-archive-keyring.gpg options=
	apt_private_options=(
		-qq
		-o "Dir::State=$dir/state" -o "Dir::State::status=$dir/status" -o "Dir::Cache=$dir/cache"
		-o "Dir::Etc::sourcelist=$dir/sources.list" -o "Dir::Etc::sourceparts=-"
		-o "APT::Architecture=$arch" -o "APT::Architectures::=$arch"
		-o APT::Sandbox::User=root -o APT::Get::List-Cleanup=0
	)
	[ ! -e "$dir/ready" ] || return 0
	mkdir -p "$dir/state/lists/partial" "$dir/cache/archives/partial"
	: >"$dir/status"
	[ ! -e "$keyring" ] || options="[signed-by=$keyring]"
	apt_private_sources "$options" "$suite" >"$dir/sources.list"
	[ -s "$dir/sources.list" ] || {
		echo "apt: read this machine's package sources: none for $(apt_release), nothing can be fetched" >&2
		return 1
	}
	# While a mirror changes an index it cannot be had; the others may hold all that is asked for.
	apt_private_get update || echo "apt: fetch the lists of '$arch': not all came, going on with those that did" >&2
	: >"$dir/ready"
}

apt_release() {
	# shellcheck disable=SC1091
	(. /etc/os-release && echo "${VERSION_CODENAME:?}")
}

# One-line sources, from whatever format the machine uses: of this release, binary and source; or of another suite of
# the same archive, binary only.
apt_private_sources() {
	local options=$1 other=$2 release uri suite component
	release=$(apt_release)
	# shellcheck disable=SC2016 # apt replaces these
	apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
		LC_ALL=C sort -u | while read -r uri suite component; do
		case ${other:+other }$suite in
		"other $release") echo "deb $options $uri $other $component" ;;
		"$release" | "$release"-*)
			echo "deb $options $uri $suite $component"
			echo "deb-src $options $uri $suite $component"
			;;
		esac
	done
}

apt_private_get() {
	apt-get "${apt_private_options[@]}" "$@"
}

apt_private_cache() {
	apt-cache "${apt_private_options[@]}" "$@"
}
