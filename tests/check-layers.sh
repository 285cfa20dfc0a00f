#!/bin/sh
# Which folder includes which, and where outside libraries sit (docs/style.md).
#
#	check-layers.sh [TREE]
#
# Reads the #include lines of TREE (default: this one) and prints TAP.  Run
# on this tree, it then plants violations in a copy and must find each.
set -eu

top=${TOP_SRCDIR:-$(cd "$(dirname "$0")/.." && pwd)}
tree=${1:-$top}

# Lower may not include higher.
LAYERS="base json store auth audit plugin worker run kit action ledger sched
agent stream http cli"

# Header, then the only files that may include it (shell patterns).
SEATS='sqlite3.h	host/store/*
jsmn.h	host/json/*
microhttpd.h	host/http/*
sodium.h	host/base/rand.c host/base/hash.c host/base/secret.c host/auth/* host/audit/* host/plugin/sign.c
dlfcn.h	host/plugin/dso.c host/base/httpc.c
seccomp.h	host/worker/*
curl/curl.h	host/base/httpc.c plugins/*
CUnit/*	'

# What runs in a worker, and may know nothing of the ledger and the doors.
WORKER_FILES='host/base/* host/json/* host/worker/* host/plugin/dso.[ch]
host/plugin/abi.[ch] host/plugin/describe.[ch]'
WORKER_EXCEPT='host/base/httpc.[ch]'
WORKER_DENIED='store/* auth/* http/* base/httpc.h sqlite3.h microhttpd.h
curl/*'

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM

# "file<TAB>header" of every include below a tree.
includes()
{
	(cd "$1" && find host sdk plugins examples tests -name '*.[ch]' \
	    -type f 2>/dev/null | sort | while read -r file; do
		sed -n -E \
		    's/^[ \t]*#[ \t]*include[ \t]*[<"]([^>"]*)[>"].*/\1/p' \
		    "$file" | sed "s|^|$file	|"
	done)
}

# One awk over all of them: prints each violation as a line.
violations()
{
	includes "$1" | awk -F'\t' -v layers="$LAYERS" -v seats="$SEATS" \
	    -v worker="$WORKER_FILES" -v except="$WORKER_EXCEPT" \
	    -v denied="$WORKER_DENIED" '
	function fits(text, patterns,	n, i, p, re) {
		n = split(patterns, p, /[ \t\n]+/)
		for (i = 1; i <= n; i++) {
			if (p[i] == "")
				continue
			re = p[i]
			gsub(/\./, "[.]", re)
			gsub(/\*/, ".*", re)
			if (text ~ ("^" re "$"))
				return 1
		}
		return 0
	}
	BEGIN {
		n = split(layers, name, /[ \t\n]+/)
		for (i = 1; i <= n; i++)
			level[name[i]] = i
		rows = split(seats, row, "\n")
	}
	{
		file = $1
		header = $2
		split(file, part, "/")
		split(header, to, "/")
		if (part[1] == "host" && part[3] != "" && !(part[2] in level))
			print file ": includes " header \
			    ", but host/" part[2] " is not in the order"
		if (part[1] == "host" && part[3] != "" && to[1] in level &&
		    to[2] != "" && part[2] in level &&
		    level[part[2]] < level[to[1]])
			print file ": " part[2] " may not include " header
		if (part[1] == "sdk" && header ~ /\// && to[1] != "runhost")
			print file ": the SDK may not include " header
		if ((part[1] == "plugins" || part[1] == "examples") &&
		    (to[1] in level) && to[2] != "")
			print file ": sees the SDK only, not " header
		for (i = 1; i <= rows; i++) {
			split(row[i], seat, "\t")
			if (part[1] != "tests" && fits(header, seat[1]) &&
			    !fits(file, seat[2]))
				print file ": " header " has its seat in " \
				    (seat[2] != "" ? seat[2] : "tests")
		}
		reach[file] = reach[file] " " header
		if (fits(file, worker) && !fits(file, except))
			start[file] = 1
	}
	# Follows the includes of a worker file through all headers.
	function walk(root, file, by,	n, i, h) {
		n = split(reach[file], h, " ")
		for (i = 1; i <= n; i++) {
			if (fits(h[i], denied))
				print root ": runs in a worker, may not include " \
				    h[i] by
			else if (!((root, h[i]) in seen)) {
				seen[root, h[i]] = 1
				walk(root, "host/" h[i], " by " h[i])
			}
		}
	}
	END {
		for (file in start)
			walk(file, file, "")
	}'
}

count=0
failed=0
# report OK NAME
report()
{
	count=$((count + 1))
	if [ "$1" = ok ]; then
		echo "ok $count - layers: $2"
	else
		echo "not ok $count - layers: $2"
		failed=1
	fi
}

# plant FILE HEADER: the violation must be found in a tree of this one file.
plant()
{
	rm -rf "$work/tree"
	mkdir -p "$work/tree/$(dirname "$1")"
	printf '/* planted */\n#  include <%s>\n' "$2" >"$work/tree/$1"
	if violations "$work/tree" | grep -q "^$1: .*$2"; then
		report ok "$2 in $1 is found"
	else
		report bad "$2 in $1 is found"
	fi
}

# plant_through FILE HEADER DENIED: FILE includes DENIED by way of HEADER.
plant_through()
{
	rm -rf "$work/tree"
	mkdir -p "$work/tree/$(dirname "$1")" "$work/tree/host/$(dirname "$2")"
	printf '#include "%s"\n' "$2" >"$work/tree/$1"
	printf '#include "%s"\n' "$3" >"$work/tree/host/$2"
	if violations "$work/tree" | grep -q "^$1: .*$3 by $2"; then
		report ok "$3 in $1 by $2 is found"
	else
		report bad "$3 in $1 by $2 is found"
	fi
}

# allow FILE HEADER: must not be reported.
allow()
{
	rm -rf "$work/tree"
	mkdir -p "$work/tree/$(dirname "$1")"
	printf '#include "%s"\n' "$2" >"$work/tree/$1"
	if [ -z "$(violations "$work/tree")" ]; then
		report ok "$2 in $1 is allowed"
	else
		report bad "$2 in $1 is allowed"
	fi
}

files=$(includes "$tree" | cut -f1 | sort -u | wc -l)
violations "$tree" >"$work/found"
if [ "$files" -eq 0 ]; then
	report bad "no file includes anything in $tree"
elif [ -s "$work/found" ]; then
	report bad "every include of $files files goes the right way"
	sed 's/^/# /' "$work/found"
else
	report ok "every include of $files files goes the right way"
fi

if [ $# -eq 0 ]; then
	plant host/base/err.c json/scan.h
	plant host/json/scan.c store/db.h
	plant host/run/x.c action/action.h
	plant host/new/x.c base/err.h
	plant host/base/x.h cli/cli.h
	plant sdk/runhost/plugin.h base/err.h
	plant plugins/runner_x/x.c base/err.h
	plant examples/x.c json/scan.h
	plant host/run/run.c sqlite3.h
	plant host/http/x.c jsmn.h
	plant host/cli/x.c microhttpd.h
	plant host/base/id.c sodium.h
	plant host/plugin/image.c sodium.h
	plant host/worker/main.c dlfcn.h
	plant host/plugin/dso.c seccomp.h
	plant host/cli/http.c curl/curl.h
	plant host/base/str.c CUnit/CUnit.h
	plant host/worker/main.c auth/caller.h
	plant host/worker/main.c store/db.h
	plant host/plugin/dso.c store/db.h
	plant host/worker/main.c base/httpc.h
	plant_through host/worker/main.c plugin/new.h store/db.h
	allow host/main.c cli/cli.h
	allow host/cli/x.c base/httpc.h
	allow host/base/httpc.c curl/curl.h
	allow host/plugin/sign.c sodium.h
	allow host/audit/chain.c sodium.h
	allow host/plugin/registry.c store/db.h
	allow tests/unit/store/test_db.c sqlite3.h
	allow host/base/x.c runhost/status.h
fi
echo "1..$count"
exit "$failed"
