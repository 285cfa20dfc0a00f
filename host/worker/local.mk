libhost_a_SOURCES += \
	%D%/channel.c \
	%D%/channel.h \
	%D%/channel_local.c \
	%D%/channel_part.h \
	%D%/channel_socket.c \
	%D%/ext_granted.c \
	%D%/ext_granted.h \
	%D%/extensions.c \
	%D%/extensions.h \
	%D%/inproc.c \
	%D%/instance.c \
	%D%/invoke.c \
	%D%/invoke.h \
	%D%/live.c \
	%D%/live.h \
	%D%/main.c \
	%D%/main.h \
	%D%/profile.c \
	%D%/profile.h \
	%D%/protocol.c \
	%D%/protocol.h \
	%D%/report.c \
	%D%/report.h \
	%D%/sandbox.c \
	%D%/sandbox.h \
	%D%/sandbox_basic.c \
	%D%/sandbox_basic.h \
	%D%/serve.c \
	%D%/serve.h \
	%D%/spawner.c \
	%D%/spawner.h \
	%D%/spawner_main.c \
	%D%/spawner_wire.c \
	%D%/spawner_wire.h \
	%D%/speak.c \
	%D%/speak.h \
	%D%/strays.c \
	%D%/strays.h \
	%D%/table.c \
	%D%/table.h \
	%D%/table_part.h \
	%D%/table_wait.c \
	%D%/trace.c \
	%D%/trace.h

EXTRA_DIST += %D%/README.md
