# One folder a plugin, <kind>_<name>/; each module is appended here:
#	plugin_LTLIBRARIES += runner_mock.la
#	runner_mock_la_SOURCES = %D%/runner_mock/runner_mock.c
#	runner_mock_la_CPPFLAGS = $(PLUGIN_CPPFLAGS)
#	runner_mock_la_CFLAGS = $(PLUGIN_CFLAGS)
#	runner_mock_la_LDFLAGS = $(PLUGIN_LDOPTS)
