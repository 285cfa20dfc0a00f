/*
 * completion bash, zsh, fish, words.  The scripts know nothing of the
 * commands: at each tab they ask "runhost completion words" of the host that
 * is being typed, so that all shells offer the same, and what it takes.
 */
#include "cli/cli.h"
#include "cli/complete.h"

static const char bash_script[] =
"# bash completion for runhost, printed by \"runhost completion bash\".\n"
"_runhost()\n"
"{\n"
"\tlocal host=${1/#\\~\\//$HOME/} piece= joined= line word\n"
"\tlocal -a words=()\n"
"\n"
"\t# The shell splits words at = and :, the host doesn't.\n"
"\tfor piece in \"${COMP_WORDS[@]:1:COMP_CWORD}\"; do\n"
"\t\tif [[ $joined || $piece == [=:]* ]] && ((${#words[@]})); then\n"
"\t\t\twords[-1]+=$piece\n"
"\t\telse\n"
"\t\t\twords+=(\"$piece\")\n"
"\t\tfi\n"
"\t\t[[ $piece == *[=:] ]] && joined=1 || joined=\n"
"\tdone\n"
"\t[[ $piece == [=:]* ]] && piece=\n"
"\n"
"\tCOMPREPLY=()\n"
"\twhile IFS= read -r line; do\n"
"\t\tcase $line in\n"
"\t\t:files) compopt -o default ;;\n"
"\t\t:dirs) compopt -o dirnames ;;\n"
"\t\t*)\n"
"\t\t\tword=${line%%$'\\t'*}\n"
"\t\t\t[[ $word == *= ]] && compopt -o nospace\n"
"\t\t\tCOMPREPLY+=(\"${word#\"${words[-1]%\"$piece\"}\"}\")\n"
"\t\t\t;;\n"
"\t\tesac\n"
"\tdone < <(\"$host\" completion words -- \"${words[@]}\" 2>/dev/null)\n"
"}\n"
"complete -F _runhost runhost\n";

static const char zsh_script[] =
"#compdef runhost\n"
"# zsh completion for runhost, printed by \"runhost completion zsh\".\n"
"_runhost()\n"
"{\n"
"\tlocal host=${words[1]/#\\~\\//$HOME/} line word\n"
"\tlocal -a plain open plain_texts open_texts\n"
"\n"
"\tfor line in ${(f)\"$(\"$host\" completion words -- \\\n"
"\t    \"${(@Q)words[2,CURRENT]}\" 2>/dev/null)\"}; do\n"
"\t\tword=${line%%$'\\t'*}\n"
"\t\tcase $word in\n"
"\t\t:files) compset -P '--*='; _files; return ;;\n"
"\t\t:dirs) compset -P '--*='; _files -/; return ;;\n"
"\t\t*=) open+=(\"$word\"); open_texts+=(\"$word  ${line#*$'\\t'}\") ;;\n"
"\t\t*) plain+=(\"$word\"); plain_texts+=(\"$word  ${line#*$'\\t'}\") ;;\n"
"\t\tesac\n"
"\tdone\n"
"\tcompadd -l -d plain_texts -a plain\n"
"\tcompadd -l -S '' -d open_texts -a open\n"
"}\n"
"if [[ $funcstack[1] == _runhost ]]; then\n"
"\t_runhost \"$@\"\n"
"else\n"
"\tcompdef _runhost runhost\n"
"fi\n";

static const char fish_script[] =
"# fish completion for runhost, printed by \"runhost completion fish\".\n"
"function __runhost_words\n"
"\tset -l words (commandline -opc)\n"
"\tset -l typed (commandline -ct)\n"
"\tset -l host (string replace -r '^~/' \"$HOME/\" -- $words[1])\n"
"\tset -l lead (string match -r -- '^--[^=]*=' $typed)\n"
"\tset -l path (string replace -r -- '^--[^=]*=' '' $typed)\n"
"\tfor line in ($host completion words -- $words[2..-1] \"$typed\" \\\n"
"\t    2>/dev/null)\n"
"\t\tswitch $line\n"
"\t\tcase :files\n"
"\t\t\tprintf '%s\\n' \"$lead\"(__fish_complete_path \"$path\")\n"
"\t\tcase :dirs\n"
"\t\t\tprintf '%s\\n' \"$lead\"(__fish_complete_directories \"$path\" '')\n"
"\t\tcase '*'\n"
"\t\t\tprintf '%s\\n' $line\n"
"\t\tend\n"
"\tend\n"
"end\n"
"complete -c runhost -f -a '(__runhost_words)'\n";

int
cmd_completion_bash(struct cli *cli)
{
	fputs(bash_script, cli->out);
	return EXIT_OK;
}

int
cmd_completion_zsh(struct cli *cli)
{
	fputs(zsh_script, cli->out);
	return EXIT_OK;
}

int
cmd_completion_fish(struct cli *cli)
{
	fputs(fish_script, cli->out);
	return EXIT_OK;
}

int
cmd_completion_words(struct cli *cli)
{
	complete_words(cli->operands, cli->operand_count, cli->out);
	return EXIT_OK;
}
