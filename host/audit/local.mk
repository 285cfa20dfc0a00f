libhost_a_SOURCES += \
	%D%/chain.c \
	%D%/chain.h \
	%D%/head.c \
	%D%/head.h \
	%D%/verify.c \
	%D%/verify.h
