#!/bin/sh
# Builds the example as docs/plugin-author.md says, outside of the tree,
# against nothing but what is installed, and loads it.
set -eu

tmp=$(mktemp -d "${TMPDIR:-/tmp}/runhost-install.XXXXXX")
trap 'rm -rf "$tmp"' EXIT
umask 022
ASAN_OPTIONS=detect_leaks=0:${ASAN_OPTIONS-}
export ASAN_OPTIONS

echo "1..4"
n=0
# is WHAT GOT WANTED
is()
{
	n=$((n + 1))
	if [ "$2" = "$3" ]; then
		echo "ok $n - $1"
	else
		echo "not ok $n - $1"
		echo "$2" | sed 's/^/# got    /'
		echo "$3" | sed 's/^/# wanted /'
	fi
}

# The variables of an outer make are not for this one.
env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -s -C "$TOP_BUILDDIR" \
    DESTDIR="$tmp/root" install-sdkincludeHEADERS install-sdkextHEADERS \
    install-pkgconfigDATA \
    >"$tmp/log" 2>&1 || sed 's/^/# /' "$tmp/log"
pc=$(find "$tmp/root" -name runhost.pc)
PKG_CONFIG_PATH=$(dirname "$pc")
PKG_CONFIG_SYSROOT_DIR=$tmp/root
export PKG_CONFIG_PATH PKG_CONFIG_SYSROOT_DIR

is "the installed SDK has the version of its header" \
    "$(pkg-config --modversion runhost)" "$(awk '
	/define RH_SDK_MAJOR/ { major = $3 }
	/define RH_SDK_MINOR/ { print major "." $3 }' \
	"$TOP_SRCDIR/sdk/runhost/version.h")"
is "every header of the tree is installed" \
    "$(cd "$(dirname "$(find "$tmp/root" -name plugin.h)")" && find . | sort)" \
    "$(cd "$TOP_SRCDIR/sdk/runhost" && find . | sort)"

cp "$TOP_SRCDIR/examples/hello_action.c" "$tmp"
cd "$tmp"
line=$(grep '^cc ' "$TOP_SRCDIR/docs/plugin-author.md")
is "the tutorial's one line builds the example" \
    "$(eval "$line -Wall -Wextra" 2>&1; ls hello_action.so 2>&1)" \
    "hello_action.so"
is "what it made loads" \
    "$("$TOP_BUILDDIR/tests/abi/load" "$tmp" hello_action.so || :)" \
    "loaded org.example.greeter"
