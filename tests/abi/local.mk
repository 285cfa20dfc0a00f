# Tests of the plugin ABI, and of the shipped plugins behind it.
check_PROGRAMS += %D%/load %D%/plugins
TESTS += %D%/plugins %D%/objects.sh %D%/headers.sh %D%/install.sh
EXTRA_DIST += %D%/objects.sh %D%/headers.sh %D%/install.sh \
	%D%/entry.c %D%/none.c %D%/use.c

%C%_load_SOURCES = %D%/load.c %D%/fake.c %D%/fake.h
%C%_load_LDADD = $(HOST_LIBS)

%C%_plugins_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests \
	-I$(top_srcdir)/plugins $(CUNIT_CFLAGS)
%C%_plugins_LDADD = $(HOST_LIBS) $(CUNIT_LIBS)
%C%_plugins_SOURCES = \
	%D%/plugins.c \
	%D%/test_easy.c \
	%D%/test_hello.c \
	%D%/test_echo.c \
	%D%/test_exec.c \
	%D%/test_manifest.c \
	%D%/../../plugins/runner_exec/keys.c \
	%D%/../../plugins/runner_exec/lines.c \
	%D%/../../plugins/runner_exec/manifest.c \
	%D%/../../plugins/runner_exec/output.c \
	%D%/../../plugins/runner_exec/param.c \
	%D%/../../plugins/runner_exec/reader.c \
	%D%/../../plugins/runner_exec/show.c \
	%D%/../../plugins/runner_exec/template.c \
	%D%/../../plugins/runner_exec/text.c \
	%D%/test_mock.c \
	%D%/shipped.c \
	%D%/shipped.h \
	%D%/fake.c \
	%D%/fake.h \
	%D%/layout.h \
	%D%/../lib/unit.c \
	%D%/../lib/unit.h
