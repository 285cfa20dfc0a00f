# One folder a plugin, <kind>_<name>/.
plugin_LTLIBRARIES += runner_mock.la
runner_mock_la_SOURCES = %D%/runner_mock/runner_mock.c
runner_mock_la_CPPFLAGS = $(PLUGIN_CPPFLAGS)
runner_mock_la_CFLAGS = $(PLUGIN_CFLAGS)
runner_mock_la_LDFLAGS = $(PLUGIN_LDOPTS)
EXTRA_DIST += %D%/runner_mock/README.md

plugin_LTLIBRARIES += runner_echo.la
runner_echo_la_SOURCES = %D%/runner_echo/runner_echo.c
runner_echo_la_CPPFLAGS = $(PLUGIN_CPPFLAGS)
runner_echo_la_CFLAGS = $(PLUGIN_CFLAGS)
runner_echo_la_LDFLAGS = $(PLUGIN_LDOPTS)

plugin_LTLIBRARIES += action_hello.la
action_hello_la_SOURCES = %D%/action_hello/action_hello.c
action_hello_la_CPPFLAGS = $(PLUGIN_CPPFLAGS)
action_hello_la_CFLAGS = $(PLUGIN_CFLAGS)
action_hello_la_LDFLAGS = $(PLUGIN_LDOPTS)
