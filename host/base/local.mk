libhost_a_SOURCES += \
	%D%/arena.c \
	%D%/arena.h \
	%D%/buf.c \
	%D%/buf.h \
	%D%/clock.c \
	%D%/clock.h \
	%D%/err.c \
	%D%/err.h \
	%D%/fault.c \
	%D%/fault.h \
	%D%/hash.c \
	%D%/hash.h \
	%D%/id.c \
	%D%/id.h \
	%D%/log.c \
	%D%/log.h \
	%D%/mem.c \
	%D%/mem.h \
	%D%/queue.c \
	%D%/queue.h \
	%D%/rand.c \
	%D%/rand.h \
	%D%/str.c \
	%D%/str.h \
	%D%/wake.c \
	%D%/wake.h
