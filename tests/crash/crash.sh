#!/bin/sh
# Random crashes of a host under load; TAP from crash.py.
set -eu

rounds=200
if grep -q '^SANITIZE_CFLAGS = .*-fsanitize' "$TOP_BUILDDIR/Makefile"; then
	rounds=30
	SCENARIO_SLACK=${SCENARIO_SLACK:-3}
	export SCENARIO_SLACK
fi
exec python3 "$TOP_SRCDIR/tests/crash/crash.py" -n "$rounds"
