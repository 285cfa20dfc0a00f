#!/bin/sh
# Builds plugins as other people's SDKs would, loads each, and compares what
# is said of it word for word.  Needs a C compiler, as building did.
set -eu

cc=${CC:-cc}
top=$TOP_SRCDIR
here=$top/tests/abi
load=$TOP_BUILDDIR/tests/abi/load
tmp=$(mktemp -d "${TMPDIR:-/tmp}/runhost-abi.XXXXXX")
trap 'rm -rf "$tmp"' EXIT
umask 022
# Objects that are loaded bring no sanitizer of their own; leaks are theirs.
ASAN_OPTIONS=detect_leaks=0:${ASAN_OPTIONS-}
export ASAN_OPTIONS

n=0
echo "1..27"

# is WHAT GOT WANTED
is()
{
	n=$((n + 1))
	if [ "$2" = "$3" ]; then
		echo "ok $n - $1"
	else
		echo "not ok $n - $1"
		echo "$2" | sed 's/^/# got    /'
		echo "$3" | sed 's/^/# wanted /'
	fi
}

# sdk DIR MAJOR MINOR: a copy of the SDK with another version
sdk()
{
	mkdir -p "$tmp/$1/runhost"
	cp -R "$top"/sdk/runhost/. "$tmp/$1/runhost"
	sed -e "s/\(define RH_SDK_MAJOR\).*/\1 $2/" \
	    -e "s/\(define RH_SDK_MINOR\).*/\1 $3/" \
	    "$top/sdk/runhost/version.h" >"$tmp/$1/runhost/version.h"
}

# grow DIR: every struct gets a member at its end, as a newer minor would
grow()
{
	for h in plugin.h host.h; do
		awk '
		/^struct rh_(entry|runner|action|command|command_action) \{/ ||
		/^struct rh_(invocation|outcome|host) \{/ { inside = 1 }
		inside && /^};/ { print "\tuint64_t newer;"; inside = 0 }
		{ print }' "$top/sdk/runhost/$h" >"$tmp/$1/runhost/$h"
	done
}

# object NAME SDK [FLAG…]
object()
{
	name=$1 inc=$2
	shift 2
	$cc -std=gnu11 -shared -fPIC -I"$inc" "$@" -o "$tmp/$name" \
	    "$here/entry.c"
}

# loads NAME [run]: what the host of this tree says
loads()
{
	"$load" "$tmp" "$@" || :
}

now=$top/sdk
sdk newer 1 8
grow newer
sdk next 2 3
sdk former 0 9

object now.so "$now"
is "a plugin built with this SDK loads and runs" \
    "$(loads now.so run)" "loaded org.example.entry
all of 1.0 is there"

object newer.so "$tmp/newer" -DUSES_NEWER
is "one built with 1.8 that needs 1.0 loads, and does without the newer" \
    "$(loads newer.so run)" "loaded org.example.entry
does without the newer member"

object needs.so "$tmp/newer" "-DNEEDS=RH_VERSION(1,8)"
is "one that needs 1.8 is refused" \
    "$(loads needs.so)" \
    "needs.so: needs host SDK 1.8 or newer, this is 1.0"

object next.so "$tmp/next"
is "of a later major, the host is to be upgraded" \
    "$(loads next.so)" \
    "next.so: is for host SDK 2.0, this is 1.0: upgrade the host"

object former.so "$tmp/former"
is "of an earlier major, the plugin is to be upgraded" \
    "$(loads former.so)" \
    "former.so: is for host SDK 0.0, this is 1.0: upgrade the plugin"

object mixed.so "$tmp/next" "-DNEEDS=RH_VERSION(1,0)"
is "built with one major for another is refused" \
    "$(loads mixed.so)" \
    "mixed.so: needs host SDK 1.0 but is built with 2.3"

object magic.so "$now" -DMAGIC=0x12345678
is "another magic is no plugin" "$(loads magic.so)" \
"magic.so: magic is 0x12345678, not 0x31504852; is it a runhost plugin?"

object short.so "$now" -DSIZE=80
is "a truncated entry is refused" "$(loads short.so)" \
    "short.so: size is 80, below the 88 of SDK 1.0"

object zero.so "$now" -DSIZE=0
is "an entry without a size is refused" "$(loads zero.so)" \
    "zero.so: size is 0, below the 88 of SDK 1.0"

object odd.so "$now" -DSIZE=90
is "a size that no SDK has is refused" "$(loads odd.so)" \
    "odd.so: size is 90, that of no SDK"

object padded.so "$now" -DSIZE=128
is "a longer entry loads" "$(loads padded.so)" "loaded org.example.entry"

object runner.so "$now" -DRUNNER_SIZE=24
is "a truncated runner is refused" "$(loads runner.so)" \
    "runner.so: runners[0].size is 24, below the 32 of SDK 1.0"

object long-runner.so "$now" -DRUNNER_SIZE=64
is "a longer runner loads" "$(loads long-runner.so)" \
    "loaded org.example.entry"

# part FLAG WHERE SIZE: one 8 bytes shorter is refused, a longer one loads
part()
{
	object part.so "$now" "-D$1=$(($3 - 8))"
	is "a truncated part is refused: $1" "$(loads part.so)" \
	    "part.so: $2.size is $(($3 - 8)), below the $3 of SDK 1.0"
	object part.so "$now" "-D$1=$(($3 + 64))"
	is "a longer part loads: $1" "$(loads part.so)" \
	    "loaded org.example.entry"
}
part ACTION_SIZE "actions[0]" 40
part COMMAND_SIZE "commands[0]" 56
part WORD_SIZE "commands[0].actions[0]" 32

object symbol.so "$now" -DENTRY=other_entry
is "without the symbol it is no plugin" "$(loads symbol.so)" \
    'symbol.so: exports no "rh_plugin_entry"; is it a runhost plugin?'

object hidden.so "$now" -fvisibility=hidden
is "the entry is exported whatever the default visibility is" \
    "$(loads hidden.so)" "loaded org.example.entry"

echo "no object at all, but long enough to be looked at" >"$tmp/text.so"
is "a text is no object" "$(loads text.so)" \
    "text.so: can't be loaded: file too short"
cat "$top/sdk/runhost/plugin.h" >"$tmp/header.so"
is "a longer text is no object either" "$(loads header.so)" \
    "header.so: can't be loaded: invalid ELF header"
is "a file that is not there is said to be missing" "$(loads none.so)" \
    "none.so: open: No such file or directory"

# The other way round: this tree's host code as a host of 1.8 would be.
$cc -std=gnu11 -D_GNU_SOURCE -pthread -I"$top/host" -I"$tmp/newer" \
    $(pkg-config --cflags libsodium) -o "$tmp/load" \
    "$here/load.c" "$here/fake.c" "$top/host/base/arena.c" \
    "$top/host/base/buf.c" "$top/host/base/clock.c" \
    "$top/host/base/err.c" "$top/host/base/hash.c" \
    "$top/host/base/mem.c" "$top/host/base/str.c" \
    "$top"/host/json/*.c "$top"/host/plugin/abi*.c \
    "$top/host/plugin/describe.c" "$top/host/plugin/dso.c" \
    "$top/host/plugin/form.c" "$top/host/plugin/image.c" \
    $(pkg-config --libs libsodium)
load=$tmp/load

is "a host of 1.8 loads a plugin built with 1.0, and runs it" \
    "$(loads now.so run)" "loaded org.example.entry
all of 1.0 is there"
is "a host of 1.8 gives the newer member to who knows it" \
    "$(loads newer.so run)" "loaded org.example.entry
uses the newer member"
object needs.so "$tmp/newer" "-DNEEDS=RH_VERSION(1,9)"
is "a host of 1.8 refuses who needs 1.9" "$(loads needs.so)" \
    "needs.so: needs host SDK 1.9 or newer, this is 1.8"
