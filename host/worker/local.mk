libhost_a_SOURCES += \
	%D%/channel.c \
	%D%/channel.h \
	%D%/invoke.c \
	%D%/invoke.h \
	%D%/main.h \
	%D%/protocol.c \
	%D%/protocol.h \
	%D%/report.c \
	%D%/report.h \
	%D%/sandbox.h \
	%D%/spawner.h
