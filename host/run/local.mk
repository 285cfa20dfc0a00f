libhost_a_SOURCES += \
	%D%/outcome.c \
	%D%/outcome.h \
	%D%/slash.c \
	%D%/slash.h
