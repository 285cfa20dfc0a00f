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

plugin_LTLIBRARIES += runner_exec.la
runner_exec_la_SOURCES = \
	%D%/runner_exec/child.c \
	%D%/runner_exec/child.h \
	%D%/runner_exec/grants.c \
	%D%/runner_exec/grants.h \
	%D%/runner_exec/json.c \
	%D%/runner_exec/json.h \
	%D%/runner_exec/keys.c \
	%D%/runner_exec/keys.h \
	%D%/runner_exec/lines.c \
	%D%/runner_exec/lines.h \
	%D%/runner_exec/manifest.c \
	%D%/runner_exec/manifest.h \
	%D%/runner_exec/output.c \
	%D%/runner_exec/output.h \
	%D%/runner_exec/param.c \
	%D%/runner_exec/param.h \
	%D%/runner_exec/protocol.c \
	%D%/runner_exec/protocol.h \
	%D%/runner_exec/reader.c \
	%D%/runner_exec/reader.h \
	%D%/runner_exec/runner_exec.c \
	%D%/runner_exec/show.c \
	%D%/runner_exec/show.h \
	%D%/runner_exec/source.c \
	%D%/runner_exec/source.h \
	%D%/runner_exec/template.c \
	%D%/runner_exec/template.h \
	%D%/runner_exec/text.c \
	%D%/runner_exec/text.h \
	%D%/runner_exec/values.c \
	%D%/runner_exec/values.h \
	%D%/runner_exec/work.c \
	%D%/runner_exec/work.h
runner_exec_la_CPPFLAGS = $(PLUGIN_CPPFLAGS)
runner_exec_la_CFLAGS = $(PLUGIN_CFLAGS)
runner_exec_la_LDFLAGS = $(PLUGIN_LDOPTS)
