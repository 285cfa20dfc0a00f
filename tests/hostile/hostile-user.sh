#!/bin/sh
# The same against a host of an ordinary user, when root runs the tests: on
# a copy, for an ordinary user may not see root's folders.
set -eu

if [ "$(id -u)" -ne 0 ]; then
	echo "1..0 # SKIP hostile.sh has run as this user"
	exit 0
fi
if grep -q '^SANITIZE_CFLAGS = .*-fsanitize' "$TOP_BUILDDIR/Makefile"; then
	echo "1..0 # SKIP with sanitizers root's run is enough"
	exit 0
fi
copy=$(mktemp -d "${TMPDIR:-/tmp}/runhost-user.XXXXXX")
trap 'rm -rf "$copy"' EXIT INT TERM
mkdir -p "$copy/top/tests" "$copy/build/.libs" "$copy/tmp"
cp -R "$TOP_SRCDIR/sdk" "$copy/top/"
cp -R "$TOP_SRCDIR/tests/hostile" "$TOP_SRCDIR/tests/lib" "$copy/top/tests/"
cp "$RUNHOST" "$copy/build/runhost"
cp "$TOP_BUILDDIR/Makefile" "$copy/build/"
cp "$TOP_BUILDDIR"/.libs/runner_*.so "$copy/build/.libs/"
chown -R 65534:65534 "$copy"
setpriv --reuid=65534 --regid=65534 --clear-groups env -i \
    PATH="$PATH" TMPDIR="$copy/tmp" HOME="$copy" \
    TOP_SRCDIR="$copy/top" TOP_BUILDDIR="$copy/build" \
    RUNHOST="$copy/build/runhost" \
    sh "$copy/top/tests/hostile/hostile.sh" "$@"
