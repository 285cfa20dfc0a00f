libhost_a_SOURCES += \
	%D%/backup.c \
	%D%/backup.h \
	%D%/chain.c \
	%D%/chain.h \
	%D%/head.c \
	%D%/head.h \
	%D%/verify.c \
	%D%/verify.h
