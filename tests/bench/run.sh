#!/bin/sh
# What the host makes of the machine.  Each figure is measured beside its
# limit, in turn, several times, and one table says how they compare: the
# disk changes by the minute, so only neighbours do.
#
#	sh tests/bench/run.sh [-f FIGURE,...] [-r REPEATS] [-t SECONDS]
#	    [-b RUNS] [-n THREADS] [-d DIR] [-B BUILD] [--help]
#
# Figures: writer runs history post reads events calls spawn plugins footprint
# streams stats claims pages append remote bytes; without -f all of them.
# docs/performance.md says what each is.
#
# DIR is where the databases are made: on the file system that counts.  Large
# ones stay there for the next time, as long as the schema is the same: a
# million runs that have ended in DIR/history (3 GB) and a million that wait in
# DIR/queued (1 GB), each with its limit's in DIR/limit-*.
# BUILD is an existing build directory; without it a release build is made
# in build-bench.
set -eu

top=$(cd "$(dirname "$0")/../.." && pwd)
all="writer runs history post reads events calls spawn plugins footprint streams"
all="$all stats claims pages append remote bytes"
figures=$all
repeats=5 seconds=2 batch=64 threads=20000 build= dir=

usage()
{
	sed -n '2,18s/^# \{0,1\}//p' "$0"
}

[ "${1:-}" != --help ] || { usage; exit 0; }
while getopts f:r:t:b:n:d:B: o; do
	case $o in
	f) figures=$(echo "$OPTARG" | tr ',' ' ') ;;
	r) repeats=$OPTARG ;;
	t) seconds=$OPTARG ;;
	b) batch=$OPTARG ;;
	n) threads=$OPTARG ;;
	d) dir=$OPTARG ;;
	B) build=$OPTARG ;;
	*) usage >&2; exit 2 ;;
	esac
done
[ $OPTIND -gt $# ] || { usage >&2; exit 2; }
for f in $figures; do
	case " $all " in
	*" $f "*) ;;
	*) echo "there is no figure \"$f\": $all" >&2; exit 2 ;;
	esac
done

if [ -z "$build" ]; then
	. "$top/tests/lib/deps.sh"
	here=$PWD
	enter_build "$top/build-bench" CFLAGS=-O2
	cd "$here"
fi
build=$(cd "$build" && pwd)
make -s -C "$build" all bench >&2

# The data directory of a host mustn't be open to others.
umask 077
[ -n "$dir" ] || dir=$build/bench-data
mkdir -p "$dir"
dir=$(cd "$dir" && pwd)
work=$(mktemp -d "$dir/work.XXXXXX")
bin=$build/tests/bench
history=$dir/history
runhost=$build/runhost
host='' reader=''

end_programs() {
	test -z "$reader" || kill "$reader" 2>/dev/null || :
	test -z "$host" || kill -KILL "$host" 2>/dev/null || :
	wait
}
cleanup() {
	wait
	rm -rf "$work" "$work.anchor"
	rmdir "$dir" 2>/dev/null || :
}
trap cleanup EXIT
trap 'exit 1' INT TERM
ulimit -n "$(ulimit -H -n)"

# value NAME LINE: of "NAME=value".
value() {
	echo "$2" | sed -n "s/.*[ ]$1=\([^ ]*\).*/\1/p"
}
# pair ROW LIMIT HOST [CPU of the limit, CPU of the host]; what is held
# against a plain number has the limit "-".
pair() {
	echo "$@" >>"$work/pairs"
}

ledger() {
	"$bin/limit/ledger" -d "$work" -s full -t "$seconds" "$@"
}
drive() {
	"$bin/runs" -d "$work" -P "$build/.libs" -P "$bin/.libs" \
	    -t "$seconds" -n "$threads" "$@"
}

# start_host DIR [SETTING=VALUE...]: $host, $port, and a token of an operator.
start_host() {
	data=$1
	shift
	: >"$work/host.err"
	env "$@" RUNHOST_HTTP_CONNECTIONS_PER_ADDRESS=100000 \
	    RUNHOST_QUOTA_LIVE_RUNS=0 RUNHOST_QUOTA_STORED_BYTES=0 \
	    RUNHOST_QUOTA_STREAMS=0 RUNHOST_RUN_DRAIN_S=1 \
	    RUNHOST_PLUGINS_ENABLE_FOUND=true \
	    "$runhost" serve --data "$data" --listen 127.0.0.1:0 \
	    --plugins "$build/.libs" --plugins "$bin/.libs" \
	    >"$work/host.out" 2>"$work/host.err" &
	host=$!
	until grep -q '"msg":"ready"' "$work/host.err"; do
		kill -0 "$host" || { cat "$work/host.err" >&2; exit 1; }
		sleep 0.02
	done
	port=$(sed -n 's/.*127\.0\.0\.1:\([0-9]*\)$/\1/p' "$work/host.out")
	"$bin/load" -p "$port" -T "$data/admin.token" -m token >"$work/token"
}
stop_host() {
	kill -"${1:-TERM}" "$host"
	wait "$host" 2>/dev/null || :
	host=
}
load() {
	"$bin/load" -p "$port" -T "$work/token" -t "$seconds" -H "$host" "$@"
}
remote() {
	"$bin/remote" -p "$port" -T "$data/admin.token" -t "$seconds" "$@"
}
# Each round begins with an empty ledger.
new_data() {
	rm -rf "$work/data" "$work/data.anchor"
	echo "$work/data"
}

# kept DIR VERSION: nothing need be made; else there is an empty DIR.
kept() {
	[ "$(cat "$1/schema" 2>/dev/null)" != "$2" ] || return 0
	echo "making $1" >&2
	rm -rf "$1" "$1.anchor"
	mkdir -p "$1"
	return 1
}
host_schema=$(cat "$top"/host/store/schema*.c | cksum)
limit_schema=$(cat "$top"/tests/bench/limit/ledger.c \
    "$top"/tests/bench/limit/queries.c | cksum)

need_history() {
	kept "$history" "$host_schema" && return
	"$bin/life" -d "$history" -b 510 --merged -N 1000000 >&2
	mv "$history/life.db" "$history/runhost.db"
	"$bin/pages" -d "$history/runhost.db" -m add >"$history/long"
	echo "$host_schema" >"$history/schema"
}
# need_queued DIR RUNS: half of them for runtimes elsewhere, in one queue.
need_queued() {
	kept "$1" "$host_schema" && return
	"$bin/claims" -d "$1/runhost.db" -m make -N $(($2 / 2)) \
	    -P $(($2 / 2)) >&2
	echo "$host_schema" >"$1/schema"
}
need_limit_history() {
	kept "$dir/limit-history" "$limit_schema" && return
	"$bin/limit/ledger" -d "$dir/limit-history" -m fill -s off -b 1000 \
	    -n 1000000 -t 3600 >&2
	echo "$limit_schema" >"$dir/limit-history/schema"
}
need_limit_queued() {
	kept "$dir/limit-queued" "$limit_schema" && return
	"$bin/limit/ledger" -d "$dir/limit-queued" -m fill -s off -b 64 -n 64 \
	    >&2
	"$bin/limit/queries" "$dir/limit-queued/ledger.db" seedq 1000000 >&2
	echo "$limit_schema" >"$dir/limit-queued/schema"
}

fig_writer() {
	l=$(ledger -m life3 -b "$batch")
	for m in gate store merged; do
		case $m in
		merged) how="-m gate --merged" ;;
		*) how="-m $m" ;;
		esac
		# shellcheck disable=SC2086 # words are meant to split
		s=$("$bin/life" -d "$work" -b "$batch" -t "$seconds" \
		    -n "$threads" $how)
		pair writer.$m "$(value runs_s "$l")" "$(value runs_s "$s")" \
		    "$(value cpu_us_per "$l")" "$(value cpu_us_per "$s")"
	done
}

# against_life3 ROW RUNS OPTION...: through the host without its doors.
against_life3() {
	row=$1
	n=$2
	shift 2
	l=$(ledger -m life3 -b "$n")
	s=$(drive -b "$n" "$@")
	pair "$row" "$(value runs_s "$l")" "$(value runs_s "$s")" \
	    "$(value cpu_us_per "$l")" "$(value cpu_us_per "$s")"
}
http_runs() {
	l=$(ledger -m life3 -b "$2")
	s=$(load -m runs -c "$2" -w "$3")
	pair "$1" "$(value runs_s "$l")" "$(value runs_s "$s")"
}
fig_runs() {
	against_life3 runs.inproc "$batch" -i -w "$batch" -q "$batch"
	against_life3 runs.inproc.merged "$batch" -i -w "$batch"
	against_life3 runs.workers "$batch" -w "$batch" -q "$batch"
	against_life3 runs.workers.merged "$batch" -w "$batch"
	against_life3 runs.workers.8 "$batch" -w 8 -q "$batch"
	start_host "$(new_data)" RUNHOST_WORKER_MAX="$batch" \
	    RUNHOST_WORKER_SLOTS=1
	http_runs runs.http "$batch" $((2 * batch))
	http_runs runs.http.merged "$batch" "$batch"
	http_runs runs.one.http 1 1
	stop_host
	against_life3 runs.one 1 -i
	against_life3 runs.one.workers 1
}

fig_history() {
	need_history
	l=$(drive -b "$batch" -w "$batch" -q "$batch")
	s=$("$bin/runs" -k -d "$history" -P "$build/.libs" -P "$bin/.libs" \
	    -t "$seconds" -n "$threads" -b "$batch" -w "$batch" -q "$batch")
	pair history "$(value runs_s "$l")" "$(value runs_s "$s")" \
	    "$(value cpu_us_per "$l")" "$(value cpu_us_per "$s")"
}

fig_post() {
	start_host "$(new_data)"
	l=$(ledger -m open -r 1000)
	s=$(load -m post -r 1000)
	stop_host
	pair post.p50 "$(value txn_p50_us "$l")" "$(value p50_us "$s")"
	pair post.p99 "$(value txn_p99_us "$l")" "$(value p99_us "$s")"
}

fig_reads() {
	start_host "$(new_data)" RUNHOST_WORKER_MAX=64
	load -m ids -w 2000 -f "$work/ids"
	: >"$work/reader"
	"$bin/limit/mhdread" "$work/data/runhost.db" >"$work/reader" &
	reader=$!
	until grep -q port "$work/reader"; do sleep 0.02; done
	l=$("$bin/load" -p "$(sed 's/port=//' "$work/reader")" \
	    -T "$work/token" -t "$seconds" -m get -f "$work/ids")
	kill "$reader"
	wait "$reader" 2>/dev/null || :
	reader=
	s=$(load -m get -f "$work/ids")
	pair reads "$(value get_s "$l")" "$(value get_s "$s")"
	s=$("$bin/load" -p "$port" -T "$work/data/admin.token" \
	    -t "$seconds" -m get -f "$work/ids")
	pair reads.admin "$(value get_s "$l")" "$(value get_s "$s")"
	load -m runs -w 128 >/dev/null &
	writer=$!
	s=$(load -m get -r 1000 -f "$work/ids")
	wait "$writer"
	stop_host
	pair reads.p50 - "$(value p50_us "$s")"
	pair reads.p99 - "$(value p99_us "$s")"
}

fig_events() {
	for g in 5 64; do
		l=$(ledger -m eventsg -b 64)
		s=$(drive -m events -b 64 -w 64 -g $g)
		pair events.$g "$(value ev_s "$l")" "$(value ev_s "$s")"
	done
}

fig_calls() {
	s=$("$bin/transport")
	bare=$(value bare_ns "$s")
	pair calls.transport "$bare" "$(value channel_ns "$s")"
	s=$(drive -m calls)
	pair calls.event.worker "$bare" "$(value event_ns "$s")"
	pair calls.ping.worker "$bare" "$(value ping_ns "$s")"
	s=$(drive -m calls -i)
	pair calls.event.inproc - "$(value event_ns "$s")"
	pair calls.cancelled - "$(value cancelled_ns "$s")"
	pair calls.ping.inproc "$bare" "$(value ping_ns "$s")"
	for where in worker inproc; do
		how=
		[ $where = worker ] || how=-i
		l=$(ledger -m life -b 1)
		# shellcheck disable=SC2086 # may be empty
		s=$(drive -m action $how)
		pair calls.action.$where "$(value txn_p50_us "$l")" \
		    "$(value p50_us "$s")"
	done
}

fig_spawn() {
	s=$("$bin/spawn" "$bin/.libs/bench_plugin.so")
	pair spawn.worker "$(value bare_us "$s")" "$(value whole_us "$s")"
	pair spawn.end - "$(value end_us "$s")"
	pair spawn.call "$(value open_call_us "$s")" "$(value call_us "$s")"
}

boot() {
	"$bin/boot" "$runhost" serve --data "$history" \
	    --listen 127.0.0.1:0 --plugins "$build/.libs" --enable-found
}
# plugins COUNT: a directory of so many, each with an id of its own.
make_plugins() {
	mkdir -p "$work/plugins.$1"
	n=0
	while [ "$n" -lt "$1" ]; do
		n=$((n + 1))
		[ -f "$work/plugins.$1/$n.so" ] || ${CC:-cc} -shared -fPIC -O1 \
		    -I"$top/sdk" -DID="\"bench.plugin.$n\"" \
		    -o "$work/plugins.$1/$n.so" \
		    "$top/tests/bench/plugin/idle.c"
		chmod 644 "$work/plugins.$1/$n.so"
	done
}
# boot_plugins COUNT: an empty ledger and so many plugins.
boot_plugins() {
	make_plugins "$1"
	"$bin/boot" "$runhost" serve --data "$(new_data)" \
	    --listen 127.0.0.1:0 --plugins "$work/plugins.$1" --enable-found
}
fig_plugins() {
	none=$(value ready_ms "$(boot_plugins 0)")
	ten=$(value ready_ms "$(boot_plugins 10)")
	s=$(boot_plugins 100)
	pair plugins.100 - "$(value ready_ms "$s")"
	pair plugins.rss - "$(value rss_kb "$s")"
	pair plugins.pss - "$(value worker_pss_kb "$s")"
	pair plugins.grow "$(awk "BEGIN { print ($ten - $none) / 10 }")" \
	    "$(awk "BEGIN { print ($(value ready_ms "$s") - $none) / 100 }")"
}

fig_footprint() {
	need_history
	s=$(boot)
	pair foot.rss - "$(value rss_kb "$s")"
	pair foot.share - "$(value pss_kb "$s")"
	pair foot.pss - "$(value worker_pss_kb "$s")"
	pair foot.ready - "$(value ready_ms "$s")"
	pair foot.doors - "$(value doors_ms "$s")"
	start_host "$history" RUNHOST_WORKER_MAX=64
	load -m runs -w 128 >/dev/null
	stop_host KILL
	s=$(boot)
	pair foot.killed - "$(value ready_ms "$s")"
}

fig_streams() {
	start_host "$(new_data)" RUNHOST_HTTP_CONNECTIONS=8000 \
	    RUNHOST_HTTP_STREAMS=8000 RUNHOST_QUOTA_STREAMS=0
	s=$(load -m idle -n 2000)
	pair streams.opened - "$(value opened "$s")"
	pair streams.idle - "$(value mb_2000 "$s")"
	s=$(load -m gone)
	pair streams.gone.p50 - "$(value p50_ms "$s")"
	pair streams.gone - "$(value max_ms "$s")"
	pair streams.released - "$(value released_ms "$s")"
	for g in 1 8; do
		s=$(load -m fanout -n 1000 -g $g)
		l=$("$bin/limit/fanout" "$(value opened "$s")" "$seconds" $g)
		pair streams.fan.$g "$(value deliveries_s "$l")" \
		    "$(value deliveries_s "$s")"
	done
	stop_host
}

# As long for a million runs as for none.
fig_stats() {
	need_history
	s=$("$bin/stats" -d "$history/runhost.db")
	pair stats.counts - "$(value counts_us "$s")"
	pair stats.hour - "$(value hour_us "$s")"
	s=$("$bin/stats" -b -d "$work/stats.db")
	pair stats.busy - "$(value hour_us "$s")"
	s=$("$bin/stats" -w -d "$work/stats.db")
	pair stats.write - "$(value write_us "$s")"
	pair stats.write.busy - "$(value write_busy_us "$s")"
	pair stats.write.one - "$(value write_one_us "$s")"
}

# As many are there again for the next time.
limit_claims() {
	"$bin/limit/queries" "$dir/limit-queued/ledger.db" claim 1000 \
	    commit full
	"$bin/limit/queries" "$dir/limit-queued/ledger.db" seedq 1000 \
	    >/dev/null
}
# Half of the runs wait for runtimes elsewhere, half for the host's own pool.
fig_claims() {
	need_queued "$dir/queued" 1000000
	need_queued "$dir/queued-1k" 1000
	need_limit_queued
	s=$("$bin/claims" -d "$dir/queued/runhost.db" -m store -n 2000 -r 1)
	l=$("$bin/limit/queries" "$dir/limit-queued/ledger.db" claim 2000)
	pair claims.store "$(value p50_us "$l")" "$(value queued_p50_us "$s")"
	pair claims.store.p99 "$(value p99_us "$l")" \
	    "$(value queued_p99_us "$s")"
	pair claims.pool "$(value p50_us "$l")" "$(value plain_p50_us "$s")"
	s=$("$bin/claims" -d "$dir/queued/runhost.db" -m store \
	    -o "$dir/queued-1k/runhost.db")
	pair claims.grow "$(value other_queued_p50_us "$s")" \
	    "$(value queued_p50_us "$s")"
	pair claims.grow.pool "$(value other_plain_p50_us "$s")" \
	    "$(value plain_p50_us "$s")"
	start_host "$dir/queued"
	l=$(limit_claims)
	s=$(remote -m claim)
	stop_host
	pair claims.http "$(value p50_us "$l")" "$(value p50_us "$s")"
	pair claims.http.p99 "$(value p99_us "$l")" "$(value p99_us "$s")"
	l=$(limit_claims)
	s=$("$bin/claims" -d "$dir/queued/runhost.db" -m commit -n 1000)
	pair claims.commit "$(value p50_us "$l")" "$(value p50_us "$s")"
}

pager() {
	"$bin/pager" -p "$port" -T "$data/admin.token" -t "$seconds" "$@"
}
fig_pages() {
	need_history
	need_limit_history
	long=$(cat "$history/long")
	l=$("$bin/limit/queries" "$dir/limit-history/ledger.db" pages 2000 \
	    keyset)
	s=$("$bin/pages" -d "$history/runhost.db" -e "$(value run_no "$long")")
	while read -r row name line; do
		pair pages."$row" "$(value p50_us "$(echo "$l" |
		    grep "$line")")" "$(value "${name}_p50_us" "$s")"
		pair pages."$row".p99 - "$(value "${name}_p99_us" "$s")"
	done <<-EOF
	newest newest page50 keyset newest
	runs any page50 keyset random position
	events events events page50 in a 100k-event run
	EOF
	start_host "$history"
	s=$(pager -N 1000000)
	pair pages.http - "$(value p50_us "$s")"
	pair pages.http.p99 - "$(value p99_us "$s")"
	s=$(pager -e "$(value run_id "$long")" -n 100000)
	pair pages.http.events - "$(value p50_us "$s")"
	pair pages.http.events.p99 - "$(value p99_us "$s")"
	stop_host
}

# The same number of runs and events, and three audit rows each; one thread
# for every fifty runs, as in a history.
fig_bytes() {
	n=50000
	"$bin/life" -d "$work" -b 500 -n $((n / 50)) -N $n >/dev/null
	"$bin/limit/ledger" -d "$work" -m life3 -s off -b 500 -n $n -t 3600 \
	    >/dev/null
	"$bin/limit/bytes" "$work/ledger.db" $n >"$work/bytes.limit"
	"$bin/limit/bytes" "$work/life.db" $n >"$work/bytes.host"
	pair bytes "$(value all "$(head -1 "$work/bytes.limit")")" \
	    "$(value all "$(head -1 "$work/bytes.host")")"
}
# Where they are, below the table.
print_bytes() {
	for who in host limit; do
		printf '\nbytes a run, %-28s%6s%10s\n' "$who" all unused
		sed 1d "$work/bytes.$who"
	done
}

# start_remote RUNS: a host with so many that wait for runtimes elsewhere.
start_remote() {
	rm -rf "$work/data" "$work/data.anchor"
	mkdir "$work/data"
	"$bin/claims" -d "$work/data/runhost.db" -m make -N "$1"
	start_host "$work/data"
}

# The limit's transactions carry as many events as the host's do.
fig_append() {
	for g in 32 1; do
		start_remote 64
		s=$(remote -m append -g $g)
		stop_host
		batch=$(awk "BEGIN { printf \"%d\", \
		    $(value batch "$s") * $g + 0.5 }")
		l=$(ledger -m eventsg -b "$batch")
		pair append.$g "$(value ev_s "$l")" "$(value ev_s "$s")"
		pair append.$g.batch - "$batch"
	done
}

fig_remote() {
	for g in 1 5; do
		l=$(ledger -m life3 -b 64)
		start_remote "$(awk "BEGIN { print int(10000 * $seconds) }")"
		s=$(remote -m life -g $g)
		stop_host
		pair remote.$g "$(value runs_s "$l")" "$(value runs_s "$s")"
		pair remote.$g.reference 35 "$(value runs_s "$s")"
	done
}

i=0
while [ "$i" -lt "$repeats" ]; do
	i=$((i + 1))
	l=$("$bin/limit/fsyncfloor" "$work" 0.5 4096 append)
	echo "$(value per_s "$l") $(cut -d ' ' -f 1 /proc/loadavg)" \
	    >>"$work/machine"
	for f in $figures; do
		printf '\rround %d of %d: %-10s' "$i" "$repeats" "$f" >&2
		set +e
		(
			set -e
			trap end_programs EXIT
			trap 'exit 1' INT TERM
			"fig_$f"
		)
		status=$?
		set -e
		[ $status = 0 ] || echo "$f, round $i" >>"$work/failed"
	done
done
printf '\r%30s\r' '' >&2

printf '%d rounds of %s s, %d runs in flight, %d threads, FULL, %s cores\n' \
    "$repeats" "$seconds" "$batch" "$threads" "$(getconf _NPROCESSORS_ONLN)"
awk '{ f[NR] = $1; l = $2 > l ? $2 : l; n = NR }
END {
	for (i = 1; i <= n; i++) {
		low = i == 1 || f[i] < low ? f[i] : low
		high = f[i] > high ? f[i] : high
	}
	printf "fdatasync %d to %d per s, load up to %s\n\n", low, high, l
}' "$work/machine"
: >>"$work/pairs"
awk -f "$top/tests/bench/table.awk" "$top/tests/bench/figures.txt" \
    "$work/pairs"
[ ! -f "$work/bytes.host" ] || print_bytes
if [ -f "$work/failed" ]; then
	echo
	sed 's/^/not finished: /' "$work/failed"
	exit 1
fi
