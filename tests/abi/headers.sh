#!/bin/sh
# Compiles the SDK's headers as plugin authors may: by several compilers, in
# several dialects of C and C++, with warnings as errors.
set -eu

sdk=$TOP_SRCDIR/sdk
here=$TOP_SRCDIR/tests/abi
warn="-Wall -Wextra -Wshadow -pedantic -Werror"
n=0

# compiles WHAT COMPILER FLAG…
compiles()
{
	what=$1 compiler=$2
	shift 2
	n=$((n + 1))
	if ! command -v "$compiler" >/dev/null 2>&1; then
		echo "ok $n - $what # SKIP $compiler is not installed"
	elif said=$("$compiler" $warn -I"$sdk" -fsyntax-only "$@" 2>&1); then
		echo "ok $n - $what"
	else
		echo "not ok $n - $what"
		echo "$said" | sed 's/^/# /'
	fi
}

for cc in gcc clang; do
	for std in c99 c11 gnu11; do
		compiles "a plugin in $std, by $cc" $cc -std=$std \
		    -Wstrict-prototypes -Wmissing-prototypes \
		    -DPLUGIN "$here/use.c"
	done
	compiles "the layout in C, by $cc" $cc -std=c11 -x c "$here/layout.h" \
	    -Wno-error -w
	for h in status version host plugin easy ext/granted ext/net ext/secret; do
		compiles "$h.h alone, by $cc" $cc -std=c99 \
		    -include "runhost/$h.h" "$here/none.c"
	done
done
for cxx in g++ clang++; do
	for std in c++11 c++17 c++20; do
		compiles "the headers in $std, by $cxx" $cxx -std=$std \
		    -x c++ "$here/use.c"
	done
	compiles "a plugin in c++20, by $cxx" $cxx -std=c++20 -DPLUGIN \
	    -Wno-missing-field-initializers -x c++ "$here/use.c"
	compiles "the layout in C++, by $cxx" $cxx -std=c++17 -x c++ \
	    "$here/layout.h" -Wno-error -w
done
echo "1..$n"
