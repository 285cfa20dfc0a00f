#include "cli/help.h"

#include "lib/pages.h"
#include "lib/unit.h"

static void
test_cli(void)
{
	page_check("docs/cli.md", help_markdown);
}

static void
test_configuration(void)
{
	page_check("docs/configuration.md", help_markdown_settings);
}

const struct unit_test cli_docs_tests[] = {
	{ "docs/cli.md is what the table of commands says", test_cli },
	{ "docs/configuration.md is what the table of settings says", test_configuration },
	{ NULL, NULL }
};
