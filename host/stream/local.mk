libhost_a_SOURCES += \
	%D%/hub.c \
	%D%/hub.h \
	%D%/hub_impl.h \
	%D%/hub_news.c \
	%D%/hub_seats.c \
	%D%/page.c \
	%D%/page.h \
	%D%/pump.c \
	%D%/record.c \
	%D%/record.h \
	%D%/stream.c \
	%D%/stream.h \
	%D%/stream_impl.h \
	%D%/tail.c \
	%D%/tail.h
