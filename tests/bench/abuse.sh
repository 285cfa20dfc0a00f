#!/bin/sh
# What a host stands.  Each case abuses a real host over its real door, with
# a data directory of its own, and measures what becomes of others; one table
# says what was measured, and whether that is within its bound.
#
#	sh tests/bench/abuse.sh [-f CASE,...] [-t MINUTES] [-d DIR] [-B BUILD]
#	    [--short] [--help]
#
# Cases: slow refused held bodies headers queue wal load; without -f all of
# them.  docs/performance.md says what each is.  MINUTES is the length of
# the last (10).  DIR is where the databases are made: the last one needs
# up to half a GB a minute there.  BUILD is an existing build directory; without
# it a release build is made in build-bench.
#
# --short, part of the test suite: small numbers, within a minute, TAP.  It
# asserts only what isn't a time: served, bounded, nothing lost.
set -eu

top=$(cd "$(dirname "$0")/../.." && pwd)
cases='' minutes='' build='' dir='' short=''

usage() {
	sed -n '2,17s/^# \{0,1\}//p' "$0"
}
need() {
	[ "$1" -ge 2 ] || { usage >&2; exit 2; }
}
while [ $# -gt 0 ]; do
	case $1 in
	-f) need $#; cases=$2; shift 2 ;;
	-t) need $#; minutes=$2; shift 2 ;;
	-d) need $#; dir=$2; shift 2 ;;
	-B) need $#; build=$2; shift 2 ;;
	--short) short=--short; shift ;;
	--help) usage; exit 0 ;;
	*) usage >&2; exit 2 ;;
	esac
done

if [ -z "$build" ]; then
	. "$top/tests/lib/deps.sh"
	here=$PWD
	enter_build "$top/build-bench" CFLAGS=-O2
	cd "$here"
fi
build=$(cd "$build" && pwd)
if [ -z "$short" ]; then
	make -s -C "$build" all tests/bench/abuse >&2
	[ -n "$dir" ] || dir=$build/bench-data
fi

# As many descriptors as there may be, for the host and for its clients.
ulimit -n "$(ulimit -H -n)" 2>/dev/null || :
# The data directory of a host mustn't be open to others.
umask 077
exec python3 "$top/tests/bench/abuse.py" -B "$build" $short \
    ${cases:+-f "$cases"} ${minutes:+-t "$minutes"} ${dir:+-d "$dir"}
