# Sourced by scripts that build runhost, with $top set to its tree: the Debian
# packages that it needs, and the way to a build directory.

# What a build and its unit tests need.
BUILD_PACKAGES="gcc libc6-dev make autoconf automake libtool pkg-config
libsqlite3-dev libsodium-dev libmicrohttpd-dev libcurl4-openssl-dev
libjsmn-dev libseccomp-dev libcunit1-dev"
# What only the tests need: headers and examples are tried with each compiler, a
# certificate is made, completion is tried in each shell, the manual pages
# are set, a cable is cut.
TEST_PACKAGES="python3 g++ rustc clang openssl bash zsh fish groff-base
iproute2 minisign"

# need_packages PACKAGE...: installs those that are missing.  Without the
# right to do so, says which line would and ends the script with 1.  Where
# there is no dpkg, configure is left to tell what is missing.
need_packages()
{
	missing=
	command -v dpkg-query >/dev/null 2>&1 || return 0
	for package in "$@"; do
		status=$(dpkg-query -W -f '${db:Status-Status}' "$package" \
		    2>/dev/null) || status=
		[ "$status" = installed ] || missing="$missing $package"
	done
	[ -n "$missing" ] || return 0
	as_root=
	if [ "$(id -u)" -ne 0 ]; then
		as_root=sudo
		if ! sudo -n true 2>/dev/null &&
		    ! { [ -t 0 ] && command -v sudo >/dev/null &&
		    sudo true; }; then
			echo "missing packages; as root, install them with:" >&2
			echo "  apt-get update && apt-get install" \
			    "--no-install-recommends$missing" >&2
			exit 1
		fi
	fi
	echo "installing$missing" >&2
	$as_root apt-get update -q >&2 || true
	# shellcheck disable=SC2086 # words are meant to split
	if ! $as_root env DEBIAN_FRONTEND=noninteractive \
	    apt-get install -q -y --no-install-recommends $missing >&2; then
		echo "could not install:$missing" >&2
		exit 1
	fi
}

# enter_build DIR [OPTION...]: goes to a build directory in DIR, and configures
# it with these options if that wasn't done; $build is its path.  A tree that
# was configured in place can't be built from outside, so a clean copy of it,
# renewed each time, is built instead.
enter_build()
{
	build=$1
	source=$top
	shift
	mkdir -p "$build"
	if [ -f "$top/config.status" ]; then
		source=$build/source
		build=$build/build
		make -s -C "$top" distdir distdir="$source"
	elif [ ! -x "$top/configure" ]; then
		(cd "$top" && autoreconf -i >/dev/null)
	fi
	mkdir -p "$build"
	cd "$build"
	[ -f config.status ] || "$source/configure" -q "$@"
}
