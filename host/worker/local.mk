libhost_a_SOURCES += \
	%D%/channel.h \
	%D%/main.h \
	%D%/protocol.h \
	%D%/sandbox.h \
	%D%/spawner.h
