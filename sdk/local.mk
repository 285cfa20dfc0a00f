sdkincludedir = $(includedir)/runhost
sdkinclude_HEADERS = \
	%D%/runhost/easy.h \
	%D%/runhost/host.h \
	%D%/runhost/plugin.h \
	%D%/runhost/status.h \
	%D%/runhost/version.h
pkgconfig_DATA = %D%/runhost.pc
