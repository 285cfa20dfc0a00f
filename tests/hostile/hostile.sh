#!/bin/sh
# Every attack of table.txt; TAP from hostile.py.
set -eu

if grep -q '^SANITIZE_CFLAGS = .*-fsanitize' "$TOP_BUILDDIR/Makefile"; then
	SCENARIO_SLACK=${SCENARIO_SLACK:-3}
	SANITIZED=1
	export SCENARIO_SLACK SANITIZED
fi
exec python3 "$TOP_SRCDIR/tests/hostile/hostile.py" "$@"
