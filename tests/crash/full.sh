#!/bin/sh
# A host on a filesystem of 112 MiB, mounted where nobody else sees it; TAP
# from full.py.  Only root can mount.
set -eu

if [ "$(id -u)" -ne 0 ]; then
	echo "1..0 # SKIP only root can mount a small filesystem"
	exit 0
fi
if grep -q '^SANITIZE_CFLAGS = .*-fsanitize' "$TOP_BUILDDIR/Makefile"; then
	SCENARIO_SLACK=${SCENARIO_SLACK:-3}
	export SCENARIO_SLACK
fi
disk=$(mktemp -d "${TMPDIR:-/tmp}/runhost-disk.XXXXXX")
status=0
unshare -m sh -euc 'mount -t tmpfs -o size=112m,mode=0700 none "$1"
	python3 "$2" "$1"' sh "$disk" "$TOP_SRCDIR/tests/crash/full.py" ||
    status=$?
rmdir "$disk"
exit "$status"
