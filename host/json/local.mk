libhost_a_SOURCES += \
	%D%/read.h \
	%D%/scan.c \
	%D%/scan.h \
	%D%/schema.h \
	%D%/text.c \
	%D%/text.h \
	%D%/write.h
