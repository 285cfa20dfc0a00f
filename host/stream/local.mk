libhost_a_SOURCES += \
	%D%/hub.c \
	%D%/hub.h \
	%D%/record.c \
	%D%/record.h \
	%D%/stream.c \
	%D%/stream.h
