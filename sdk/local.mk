sdkincludedir = $(includedir)/runhost
sdkinclude_HEADERS = \
	%D%/runhost/host.h \
	%D%/runhost/plugin.h \
	%D%/runhost/status.h \
	%D%/runhost/version.h
sdkextdir = $(sdkincludedir)/ext
sdkext_HEADERS =
pkgconfig_DATA = %D%/runhost.pc
