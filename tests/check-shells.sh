#!/bin/sh
# What is printed for shells and for man, in the programs that read it: the
# completion scripts in bash, zsh and fish, the manual pages in groff.  Which
# words are offered is tested in tests/unit/cli/test_complete.c.
#
# Prints TAP.
set -eu

built=${TOP_BUILDDIR:-$PWD}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM
mkdir "$work/bin" "$work/here" "$work/here/dir"
ln -s "$built/runhost" "$work/bin/runhost"
: >"$work/here/a file"
PATH=$work/bin:$PATH
HOME=$work
export PATH HOME
cd "$work/here"

# bash: the line in the words that it makes of it; "opt" is what would be
# asked of the shell, which has no line being typed here.
cat >"$work/try.bash" <<'END'
source <(runhost completion bash)
compopt() { COMPREPLY+=("opt $2"); }
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
$(complete -p runhost | sed 's/.*-F \([^ ]*\).*/\1/') "$1"
[ ${#COMPREPLY[@]} -eq 0 ] || printf '%s\n' "${COMPREPLY[@]}"
END

# zsh: its builtins work at a prompt only, and are replaced by what they
# would be given.
cat >"$work/try.zsh" <<'END'
compdef() { [[ "$*" == '_runhost runhost' ]] || print -r -- "compdef $*"; }
source <(runhost completion zsh)
compadd() { local all=$@[-1]; print -rl -- ${(P)all} | grep .; }
compset() { :; }
_files() { print -r -- "files $*"; }
words=("$@") CURRENT=$#
_runhost
END

cat >"$work/try.fish" <<'END'
runhost completion fish | source
complete -C "$argv"
END

try()
{
	shell=$1
	shift
	case $shell in
	bash) bash --norc "$work/try.bash" "$@" ;;
	zsh) zsh -f "$work/try.zsh" "$@" ;;
	fish) fish --no-config "$work/try.fish" "$*" ;;
	esac 2>&1 | cut -f 1
}

count=0
failed=0
# report STATUS NAME
report()
{
	count=$((count + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $count - $2"
		return
	fi
	echo "not ok $count - $2"
	sed 's/^/# /' "$work/have"
	failed=1
}

# wants SHELL WANT WORD...: what is offered; a + in WANT is a blank.
wants()
{
	shell=$1
	want=$2
	shift 2
	try "$shell" "$@" >"$work/have"
	status=0
	[ "$(sort "$work/have")" = "$(printf %s "$want" | tr ' +' '\n ' |
	    sort)" ] || status=1
	report $status "$shell: \"$*\" may be \"$want\""
}

# has PROGRAM: or skips its tests.
has()
{
	command -v "$1" >/dev/null 2>&1 && return
	count=$((count + 1))
	echo "ok $count # SKIP there is no $1"
	return 1
}

for shell in bash zsh fish; do
	has $shell || continue
	wants $shell 'list show events cancel stats' runhost runs ''
	wants $shell 'run runs runtime' runhost ru
	wants $shell FAILED runhost runs list --status F
	wants $shell '' runhost nothing ''
	wants $shell verify "$work/bin/runhost" audit ver
	wants $shell verify '~/bin/runhost' audit ver
done
if has bash; then
	wants bash FAILED runhost runs list --status = F
	wants bash 'debug info warn error' runhost serve --log-level =
	wants bash operator runhost grant add user : a role : op
	wants bash 'run.output_max= opt+nospace' runhost serve --set run.ou
	wants bash opt+default runhost serve --config ''
	wants bash opt+dirnames runhost serve --data = d
fi
if has zsh; then
	wants zsh --status=FAILED runhost runs list --status=F
	wants zsh role:operator runhost grant add user:a role:op
	wants zsh files+ runhost serve --config ''
	wants zsh files+-/ runhost serve --data=d
fi
if has fish; then
	wants fish --status=FAILED runhost runs list --status=F
	wants fish role:operator runhost grant add user:a role:op
	wants fish 'a+file dir/' runhost serve --config ''
	wants fish '--config=a+file --config=dir/' runhost serve --config=
	wants fish dir/ runhost serve --data ''
	wants fish --data=dir/ runhost serve --data=d
fi

if has groff; then
	for page in runhost.1 runhost.conf.5; do
		groff -man -Tutf8 -ww -z "$built/host/cli/$page" \
		    >"$work/have" 2>&1 || echo "groff: $?" >>"$work/have"
		status=0
		[ ! -s "$work/have" ] || status=1
		report $status "groff has no warning of $page"
	done
fi
echo "1..$count"
exit "$failed"
