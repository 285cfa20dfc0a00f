libhost_a_SOURCES += \
	%D%/names.c \
	%D%/names.h \
	%D%/number.c \
	%D%/number.h \
	%D%/read.c \
	%D%/read.h \
	%D%/read_field.c \
	%D%/read_value.c \
	%D%/scan.c \
	%D%/scan.h \
	%D%/schema.h \
	%D%/text.c \
	%D%/text.h \
	%D%/write.c \
	%D%/write.h
