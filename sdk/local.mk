sdkincludedir = $(includedir)/runhost
sdkinclude_HEADERS = \
	%D%/runhost/easy.h \
	%D%/runhost/host.h \
	%D%/runhost/plugin.h \
	%D%/runhost/status.h \
	%D%/runhost/version.h
sdkextdir = $(includedir)/runhost/ext
sdkext_HEADERS = \
	%D%/runhost/ext/granted.h \
	%D%/runhost/ext/net.h \
	%D%/runhost/ext/secret.h
pkgconfig_DATA = %D%/runhost.pc
