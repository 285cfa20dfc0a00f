#!/bin/sh
# What run.sh prints of a figure: verdicts go by numbers, not by their digits.
set -eu

echo 1..1
figures=$(mktemp)
trap 'rm -f "$figures"' EXIT
printf '%s\n' 'a|a||least|100' 'b|b||most|1.5' 'c|c||below|90' 'd|d||most|1.5' \
    >"$figures"
got=$(printf '%s\n' 'a 35 1400' 'b 1 10.5' 'c - 100' 'd 10 14' |
    awk -f "$TOP_SRCDIR/tests/bench/table.awk" "$figures" - |
    awk '$NF == "met" || $NF == "MISSED" { printf " %s:%s", $1, $NF }')
wanted=' a:MISSED b:MISSED c:MISSED d:met'
ok=ok
if [ "$got" != "$wanted" ]; then
	echo "# verdicts:$got, wanted:$wanted"
	ok="not ok"
fi
echo "$ok 1 - verdicts of figures with two digits and more"
