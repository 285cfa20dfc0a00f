libhost_a_SOURCES += \
	%D%/arena.h \
	%D%/buf.h \
	%D%/clock.h \
	%D%/err.h \
	%D%/fault.h \
	%D%/hash.h \
	%D%/id.h \
	%D%/log.h \
	%D%/mem.c \
	%D%/mem.h \
	%D%/rand.h \
	%D%/str.c \
	%D%/str.h
