#!/bin/sh
# Counts to $1, for the runner "exec" with protocol = lines.  After a crash
# it goes on behind its last checkpoint.  COUNT_FAIL_AT, for trying that,
# makes the first attempt fail there so that another one is tried.
set -eu

to=$1
at=${RUNHOST_CHECKPOINT:-0}

while [ "$at" -lt "$to" ]; do
	at=$((at + 1))
	echo "$at"
	echo "::progress $((at * 100 / to)) $at of $to"
	echo "::checkpoint at $at"
	if [ "$at" = "${COUNT_FAIL_AT:-}" ] && [ "$RUNHOST_ATTEMPT" = 1 ]; then
		echo "::error stopped at $at, as it was told"
		exit 75
	fi
done
echo "::result {\"counted\":$to}"
