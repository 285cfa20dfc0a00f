libhost_a_SOURCES += \
	%D%/slash.c \
	%D%/slash.h
