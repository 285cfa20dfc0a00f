# Complete small plugins, built to be loaded by the tests, not installed.
check_LTLIBRARIES += hello_action.la
hello_action_la_SOURCES = %D%/hello_action.c
hello_action_la_CPPFLAGS = $(PLUGIN_CPPFLAGS)
hello_action_la_CFLAGS = $(PLUGIN_CFLAGS)
hello_action_la_LDFLAGS = $(LOCAL_PLUGIN_LDOPTS)

EXTRA_DIST += %D%/greeter.cc %D%/greeter.rs %D%/quickstart.sh %D%/runhost.service \
	%D%/exec/exec.conf %D%/exec/count.sh %D%/exec/count.py

# The plugins that ship, without those that are built for tests, in DIR.
.PHONY: ship-plugins
ship-plugins: $(plugin_LTLIBRARIES)
	$(MKDIR_P) "$(DIR)"
	for la in $(plugin_LTLIBRARIES); do \
		cp .libs/$${la%.la}.so "$(DIR)/" || exit 1; \
	done
