#!/bin/sh
# Builds runhost out of tree and runs every test.
#
#	tests/run.sh [--sanitize LIST] [--cc COMPILER]
#
# Installs missing Debian packages, configures in build/ (build-LIST/ with
# sanitizers: address, undefined, thread, or address,undefined), and ends
# with "N passed, N failed".  Exits 1 if a test failed or none ran.
set -eu

top=$(cd "$(dirname "$0")/.." && pwd)
. "$top/tests/lib/deps.sh"

usage()
{
	echo "usage: tests/run.sh [--sanitize LIST] [--cc COMPILER]" >&2
	exit 2
}

sanitize=
cc=
while [ $# -gt 0 ]; do
	case $1 in
	--sanitize) [ $# -ge 2 ] || usage; sanitize=$2; shift 2 ;;
	--cc) [ $# -ge 2 ] || usage; cc=$2; shift 2 ;;
	*) usage ;;
	esac
done

build=$top/build
[ -z "$sanitize" ] || build=$build-$(echo "$sanitize" | tr , -)
[ -z "$cc" ] || build=$build-$(basename "$cc")

# shellcheck disable=SC2086 # words are meant to split
need_packages $BUILD_PACKAGES $TEST_PACKAGES ${cc:+"$(basename "$cc")"}

enter_build "$build" ${sanitize:+"--enable-sanitize=$sanitize"} \
    ${cc:+"CC=$cc"}
jobs=$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)
make -s -j"$jobs" all
# To make, config.h looks older than its stamp: what waits for it would be
# tried last, and the unit tests are the longest.
touch -r stamp-h1 config.h

# No result of an earlier run may be counted.
find . -name '*.trs' -exec rm -f {} +
# The longest begin first, so that nothing waits for one that is left over.
long=$(printf 'tests/%s\n' unit/unit scenario/scenarios.sh \
    hostile/hostile.sh hostile/hostile-user.sh crash/crash.sh model/model)
rest=$(make -s list-tests | tr ' ' '\n' | grep -v -x -F -e "$long")
make_status=0
# shellcheck disable=SC2086 # words are meant to split
make -s -j"$jobs" check TESTS="$(echo $long $rest)" >check.out 2>&1 ||
    make_status=$?

# The harness leaves a .trs a program, and in the .log beside it one line a
# case: "PASS: tests/unit/unit 3 - its name".  The exit status of a program
# that has reported a failure says nothing more.
results=$(find . -name '*.trs' | sort | while read -r trs; do
	program=${trs#./}
	program=${program%.trs}
	sed -n -E "s#^(PASS|FAIL|SKIP|XFAIL|XPASS|ERROR): ($program(\.[a-z]+)?) ([0-9]+ )?(- )?#\1 \2: #p" \
	    "${trs%.trs}.log" | awk '
		/^FAIL / { failed = 1 }
		/^ERROR .*: exited with status/ && failed { next }
		{ print }'
done)
count()
{
	printf '%s\n' "$results" | grep -c -E "^($1) " || true
}
named()
{
	printf '%s\n' "$results" | sed -n -E "s/^($1) /$2/p"
}
passed=$(count 'PASS|XFAIL')
failed=$(count 'FAIL|XPASS|ERROR')

named SKIP 'skipped: '
if [ "$make_status" -ne 0 ]; then
	if [ "$failed" -eq 0 ]; then
		tail -n 40 check.out
		failed=1
	elif [ -f test-suite.log ]; then
		grep -E '^(# |Bail out!|==[0-9]+==|.*runtime error:)' \
		    test-suite.log |
		    grep -v -E '^# (tests/|[A-Z]+: +[0-9]+$)' |
		    head -n 200 || true
	fi
	named 'FAIL|XPASS|ERROR' 'FAILED: '
	echo "logs: $build/test-suite.log, $build/check.out"
fi
if [ "$passed" -eq 0 ] && [ "$failed" -eq 0 ]; then
	echo "no test ran"
	failed=1
fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
