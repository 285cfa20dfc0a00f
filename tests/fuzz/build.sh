#!/bin/sh
# Builds the fuzzers of this folder (fuzz_*.c) with clang's libFuzzer,
# over a host with sanitizers.  Then runs them, if told how long.
#
#	tests/fuzz/build.sh [-r SECONDS] [-d DIR] [--help] [NAME...]
#
# DIR (build-fuzz) is a build tree of its own; what a fuzzer has found to
# be new stays in DIR/corpus/NAME.  seeds/NAME has what it begins with, and
# what was found once.  NAME is json, schema, …; without one,
# all.  Needs clang and libclang-rt-dev.
set -eu

top=$(cd "$(dirname "$0")/../.." && pwd)
seconds=
dir=build-fuzz

usage()
{
	sed -n '2,11s/^# \{0,1\}//p' "$0"
}

[ "${1:-}" != --help ] || { usage; exit 0; }
while getopts r:d: option; do
	case $option in
	r) seconds=$OPTARG ;;
	d) dir=$OPTARG ;;
	*) usage >&2; exit 2 ;;
	esac
done
shift $((OPTIND - 1))
for name; do
	[ -f "$top/tests/fuzz/fuzz_$name.c" ] || {
		echo "there is no fuzzer \"$name\"" >&2
		exit 2
	}
done

. "$top/tests/lib/deps.sh"
flags="-g -O1 -fsanitize=address,undefined -fno-sanitize-recover=all"
mkdir -p "$dir"
enter_build "$(cd "$dir" && pwd)" CC=clang \
    --enable-sanitize=address,undefined \
    CFLAGS="$flags -fsanitize=fuzzer-no-link"
make libhost.a

if [ $# -eq 0 ]; then
	for file in "$top"/tests/fuzz/fuzz_*.c; do
		name=${file##*/fuzz_}
		set -- "$@" "${name%.c}"
	done
fi
libs=$(pkg-config --libs sqlite3 libsodium libmicrohttpd)
# What is linked before the host, instead of parts of it.
beside()
{
	case $1 in
	call) echo "$top/tests/lib/core.c $top/tests/fuzz/held.c" ;;
	http) echo "$top/tests/unit/http/fake_host.c" ;;
	manifest)
		echo "-I$top/plugins/runner_exec"
		for part in keys manifest param reader show template text; do
			echo "$top/plugins/runner_exec/$part.c"
		done ;;
	esac
}
for name; do
	# shellcheck disable=SC2046,SC2086 # words are meant to split
	clang -std=gnu11 -include config.h -D_GNU_SOURCE -Wall -Wextra \
	    -Wshadow $flags -fsanitize=fuzzer -I. -I"$top/host" \
	    -I"$top/sdk" -I"$top/tests" -I"$top/tests/unit" -pthread \
	    -o "fuzz_$name" "$top/tests/fuzz/fuzz_$name.c" $(beside "$name") \
	    libhost.a $libs
done
[ -n "$seconds" ] || exit 0
for name; do
	mkdir -p "corpus/$name"
	dict=$top/tests/fuzz/$name.dict
	[ -f "$dict" ] || dict=$top/tests/fuzz/json.dict
	seeds=$top/tests/fuzz/seeds/$name
	[ -d "$seeds" ] || seeds=
	"./fuzz_$name" -max_total_time="$seconds" -timeout=20 \
	    -max_len=4096 -dict="$dict" "corpus/$name" $seeds
done
