#!/bin/sh
# What the host's writer makes of the machine: runs carried through their
# whole life by the limit's program, by host/store alone, and through the
# gate, in turn, several times.  Prints medians, and the median of the ratios
# of neighbours: the disk changes by the minute, so only neighbours compare.
#
#	sh tests/bench/run.sh [-r REPEATS] [-t SECONDS] [-b RUNS] [-n THREADS]
#	    [-d DIR] [-B BUILD]
#
# DIR is where the databases are made: on the file system that counts.
# BUILD is an existing build directory; without it a release build is made
# in build-bench.
set -eu

top=$(cd "$(dirname "$0")/../.." && pwd)
repeats=7 seconds=2 batch=64 threads=20000 build= dir=

while getopts r:t:b:n:d:B: o; do
	case $o in
	r) repeats=$OPTARG ;;
	t) seconds=$OPTARG ;;
	b) batch=$OPTARG ;;
	n) threads=$OPTARG ;;
	d) dir=$OPTARG ;;
	B) build=$OPTARG ;;
	*) sed -n '2,13s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
	esac
done

if [ -z "$build" ]; then
	. "$top/tests/lib/deps.sh"
	here=$PWD
	enter_build "$top/build-bench" CFLAGS=-O2
	cd "$here"
fi
make -s -C "$build" bench >&2

own=
if [ -z "$dir" ]; then
	dir=$build/bench-data
	own=1
fi
mkdir -p "$dir"
out=$(mktemp "$dir/figures.XXXXXX")
cleanup() {
	rm -f "$out" "$dir"/ledger.db* "$dir"/life.db*
	test -z "$own" || rmdir "$dir" 2>/dev/null || :
}
trap cleanup EXIT
trap 'exit 1' INT TERM

limit() {
	"$build/tests/bench/limit/ledger" -d "$dir" -m life3 -s full \
	    -b "$batch" -t "$seconds" | sed "s/^/limit /" >>"$out"
}
subject() {
	name=$1
	shift
	"$build/tests/bench/life" -d "$dir" -b "$batch" -t "$seconds" \
	    -n "$threads" "$@" | sed "s/^/$name /" >>"$out"
}

i=0
while [ "$i" -lt "$repeats" ]; do
	i=$((i + 1))
	printf '\rround %d of %d ' "$i" "$repeats" >&2
	limit
	subject gate -m gate
	subject store -m store
	subject merged -m gate --merged
done
printf '\r%20s\r' '' >&2

printf '%d rounds of %s s, %d runs in flight, %d threads, FULL\n\n' \
    "$repeats" "$seconds" "$batch" "$threads"
awk -v aim=0.70 '
function figure(name,  i, pair) {
	for (i = 3; i <= NF; i++) {
		split($i, pair, "=")
		if (pair[1] == name)
			return pair[2]
	}
	return 0
}
function median(a, n,  i, j, t) {
	for (i = 2; i <= n; i++)
		for (j = i; j > 1 && a[j] < a[j - 1]; j--) {
			t = a[j]; a[j] = a[j - 1]; a[j - 1] = t
		}
	lowest = a[1]; highest = a[n]
	return n % 2 ? a[(n + 1) / 2] : (a[n / 2] + a[n / 2 + 1]) / 2
}
{
	k = ++count[$1]
	rate[$1, k] = figure("runs_s")
	cpu[$1, k] = figure("cpu_us_per")
	ledger[$1, k] = $1 == "limit" ? cpu[$1, k] : figure("ledger_us_per")
	io[$1, k] = figure("io_B_per")
}
function column(table, who,  i, a) {
	for (i = 1; i <= count[who]; i++)
		a[i] = table[who, i] + 0
	return median(a, count[who])
}
function row(what, who, wanted,  i, a) {
	for (i = 1; i <= count[who]; i++)
		a[i] = rate[who, i] / rate["limit", i]
	printf "%-34s %7.0f %6.2f %13s %5s %7.1f %7.1f %7.0f\n", what,
	    column(rate, who), median(a, count[who]),
	    sprintf("%.2f to %.2f", lowest, highest), wanted,
	    column(cpu, who), column(ledger, who), column(io, who)
}
END {
	printf "%-34s %7s %6s %13s %5s %7s %7s %7s\n", "durable runs",
	    "runs/s", "ratio", "from .. to", "aim", "CPU us", "ledger", "I/O B"
	row("limit: life3", "limit", "")
	row("through the gate", "gate", sprintf("%.2f", aim))
	row("host/store alone, same statements", "store", "")
	row("gate, claimed where created", "merged", "")
	printf "\nMedians.  CPU and I/O are those of a run, in all threads;" \
	    " ledger is the part\nof the CPU that transactions take: the" \
	    " rest is the doors\x27 and the workers\x27\nwork, and" \
	    " checkpoints.\n"
}' "$out"
