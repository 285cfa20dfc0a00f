# Complete small plugins, built to be loaded by the tests, not installed.
check_LTLIBRARIES += hello_action.la
hello_action_la_SOURCES = %D%/hello_action.c
hello_action_la_CPPFLAGS = $(PLUGIN_CPPFLAGS)
hello_action_la_CFLAGS = $(PLUGIN_CFLAGS)
hello_action_la_LDFLAGS = $(LOCAL_PLUGIN_LDOPTS)
