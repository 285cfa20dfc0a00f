#!/bin/sh
# The short form of the abuse of a host, as a test.
set -eu

if grep -q '^SANITIZE_CFLAGS = .*-fsanitize' "$TOP_BUILDDIR/Makefile"; then
	SCENARIO_SLACK=${SCENARIO_SLACK:-3}
	export SCENARIO_SLACK
fi
exec sh "$TOP_SRCDIR/tests/bench/abuse.sh" --short -B "$TOP_BUILDDIR"
