#!/bin/sh
# From a bare machine to a finished run: installs what is missing, builds
# runhost in build/, starts a host on a fresh data directory, runs
# "/mock hello world" with live progress, shows the result, the run's events
# and its audit rows, verifies the audit log, and stops the host.
#
#	sh examples/quickstart.sh [DIR]
#
# DIR (default: a new one in the temporary directory) must not exist yet, or
# be empty; it keeps the data afterwards.
set -eu

top=$(cd "$(dirname "$0")/.." && pwd)
. "$top/tests/lib/deps.sh"

usage()
{
	sed -n '2,10s/^# \{0,1\}//p' "$0"
}

case ${1:-} in
--help) usage; exit 0 ;;
-*) usage >&2; exit 2 ;;
esac
[ $# -le 1 ] || { usage >&2; exit 2; }

host=
made=
finished=
case ${1:-} in
''|/*) given=${1:-} ;;
*) given=$PWD/$1 ;;
esac

# Leaves no host behind, and no half-made directory.
clean_up()
{
	status=$?
	trap - EXIT
	if [ -n "$host" ]; then
		kill "$host" 2>/dev/null || true
		wait "$host" 2>/dev/null || true
	fi
	if [ -z "$finished" ]; then
		[ -z "$made" ] || [ ! -s "$made/host.log" ] ||
			tail -n 20 "$made/host.log" >&2
		[ -z "$made" ] || {
			rm -rf "$made/data" "$made/data.anchor" \
			    "$made/says" "$made/host.log"
			rmdir "$made" 2>/dev/null || true
		}
		echo "quickstart: stopped before the end" >&2
		[ "$status" -ne 0 ] || status=1
	fi
	exit "$status"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Shows a command of runhost, then runs it against the host.
show()
{
	echo
	echo "\$ runhost $*"
	"$runhost" "$@" --data "$data"
}

# A word for the shell, quoted if it must be.
word()
{
	case $1 in
	*[!A-Za-z0-9_/.:=,@%+-]*)
		printf "'%s'" "$(printf '%s' "$1" | sed "s/'/'\\\\''/g")" ;;
	*) printf '%s' "$1" ;;
	esac
}

# shellcheck disable=SC2086 # words are meant to split
need_packages $BUILD_PACKAGES

echo "building in $top/build"
enter_build "$top/build"
make -s -j"$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1)" all

# The plugins that ship, and none that were built for tests.
runhost=$build/runhost
plugins=$build/plugins-that-ship
make -s ship-plugins DIR="$plugins"

if [ -n "$given" ]; then
	dir=$given
	mkdir -p "$dir"
	if [ -n "$(ls -A "$dir")" ]; then
		echo "quickstart: \"$dir\" is not empty" >&2
		exit 1
	fi
else
	dir=$(mktemp -d "${TMPDIR:-/tmp}/runhost-quickstart.XXXXXX")
fi
made=$dir
data=$dir/data

# Doors open before plugins are loaded: the host says "listening on ..." on
# its standard output and logs "ready" on its standard error.
mkfifo "$dir/says"
"$runhost" serve --data "$data" --listen 127.0.0.1:0 --plugins "$plugins" \
	>"$dir/says" 2>&1 &
host=$!
exec 3<"$dir/says"
url=
ready=
while [ -z "$url" ] || [ -z "$ready" ]; do
	if ! read -r line <&3; then
		echo "quickstart: the host ended before it was ready" >&2
		exit 1
	fi
	echo "$line" >>"$dir/host.log"
	case $line in
	"listening on http://"*) url=${line#listening on } ;;
	*'"msg":"ready"'*) ready=1 ;;
	esac
done
cat <&3 >>"$dir/host.log" &
exec 3<&-
echo "the host is process $host, $url, data in $data"

show run '/mock hello world'
run=$("$runhost" runs list --limit 1 --json --data "$data" |
	sed -n 's/.*"run_id":"\([^"]*\)".*/\1/p')
show runs show "$run"
show runs events "$run"
show audit list --run "$run"
show audit verify

kill -TERM "$host"
wait "$host"
host=
wait
rm -f "$dir/says"
finished=1

echo
echo "the host has stopped; start it again on the same data with:"
echo "$(word "$runhost") serve --data $(word "$data")" \
    "--plugins $(word "$plugins")"
echo "and ask it, from another terminal, with:"
echo "$(word "$runhost") runs list --data $(word "$data")"
