#!/bin/sh
# Whether what the pages point at is there: the files of their links, the
# headings of links within docs, and the files that they name in backticks.
#
#	check-docs.sh [TREE]
#
# Prints TAP.  Run on this tree, it then plants faults in a copy and must
# find each.
set -eu

top=${TOP_SRCDIR:-$(cd "$(dirname "$0")/.." && pwd)}
tree=${1:-$top}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM

# The pages of a tree; build directories have none of these.
pages()
{
	(cd "$1" && find README.md docs host plugins tests examples \
	    -name '*.md' -type f 2>/dev/null | sort)
}

# A heading as the word behind "#" that leads to it.
anchors()
{
	sed -n 's/^##* *//p' "$1" | tr '[:upper:]' '[:lower:]' |
		sed -E 's/`//g; s/[^a-z0-9 _-]//g; s/ /-/g'
}

# "page<TAB>target" of every link that isn't one to another site.
links()
{
	sed 's/`[^`]*`//g' "$1" | grep -oE '\]\([^)]+\)' |
		sed -E 's/^\]\(//; s/\)$//' | grep -vE '^[a-z]+://' || true
}

# Files of the tree by their whole path, in backticks.
names()
{
	grep -oE '`(host|sdk|tests|examples|plugins|docs)/[A-Za-z0-9_./-]+`' \
	    "$1" | tr -d '`' || true
}

# One line for each fault of a tree.
faults()
{
	pages "$1" | while read -r page; do
		dir=$(dirname "$page")
		links "$1/$page" | while read -r link; do
			file=${link%%#*}
			target=$1/$dir/$file
			[ -n "$file" ] || target=$1/$page
			if [ ! -e "$target" ]; then
				echo "$page: nothing is at $link"
			elif [ "$link" != "$file" ] &&
			    ! anchors "$target" | grep -qx -e "${link#*#}"; then
				echo "$page: no heading for $link"
			fi
		done
		names "$1/$page" | while read -r name; do
			[ -e "$1/$name" ] || echo "$page: there is no $name"
		done
	done
}

count=0
failed=0
# report STATUS NAME
report()
{
	count=$((count + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $count - docs: $2"
	else
		echo "not ok $count - docs: $2"
		failed=1
	fi
}

# plant TEXT WANT: a page of this text has the fault.
plant()
{
	rm -rf "$work/tree"
	mkdir -p "$work/tree/docs"
	printf '# A page\n\n%s\n' "$1" >"$work/tree/docs/page.md"
	faults "$work/tree" >"$work/planted"
	status=0
	grep -qxF "docs/page.md: $2" "$work/planted" || status=1
	report $status "\"$2\" is found"
}

n=$(pages "$tree" | wc -l)
faults "$tree" >"$work/found"
if [ "$n" -eq 0 ]; then
	report 1 "there are pages in $tree"
elif [ -s "$work/found" ]; then
	report 1 "what $n pages point at is there"
	sed 's/^/# /' "$work/found"
else
	report 0 "what $n pages point at is there"
fi

# The numbers of a table's rows that no test's name begins with.
untested()
{
	sed -n 's/^| \(W[0-9]*\) |.*/\1/p' "$1/docs/ledger.md" |
	    while read -r number; do
		grep -rqE "\"$number[:,]" "$1/tests/unit" || echo "$number"
	done
}

if [ $# -eq 0 ]; then
	status=0
	[ -z "$(untested "$tree")" ] || status=1
	report $status "each weakness of docs/ledger.md has its tests"
	plant 'See [that](gone.md).' 'nothing is at gone.md'
	plant 'See [that](page.md#b-c).' 'no heading for page.md#b-c'
	plant 'See [that](#b).' 'no heading for #b'
	plant 'See `host/gone/x.c`.' 'there is no host/gone/x.c'
	rm -rf "$work/tree"
	mkdir -p "$work/tree/docs"
	printf '# A page, `it` is\n[a](#a-page-it-is) [b](page.md) %s\n' \
	    '[c](https://example.org/x)' >"$work/tree/docs/page.md"
	status=0
	[ -z "$(faults "$work/tree")" ] || status=1
	report $status "what is there is no fault"
fi
echo "1..$count"
exit "$failed"
