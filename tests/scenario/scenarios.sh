#!/bin/sh
# Every scenario, in order; TAP from tests/lib/scenario.py.
set -eu

# Sanitizers slow a host down, and a worker's start most of all.
if grep -q '^SANITIZE_CFLAGS = .*-fsanitize' "$TOP_BUILDDIR/Makefile"; then
	SCENARIO_SLACK=${SCENARIO_SLACK:-3}
	export SCENARIO_SLACK
fi
exec python3 "$TOP_SRCDIR/tests/lib/scenario.py" \
    "$TOP_SRCDIR"/tests/scenario/*.scn
