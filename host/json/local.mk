libhost_a_SOURCES += \
	%D%/names.c \
	%D%/names.h \
	%D%/number.c \
	%D%/number.h \
	%D%/place.c \
	%D%/place.h \
	%D%/read.c \
	%D%/read.h \
	%D%/read_field.c \
	%D%/read_value.c \
	%D%/scan.c \
	%D%/scan.h \
	%D%/schema.c \
	%D%/schema.h \
	%D%/schema_check.c \
	%D%/schema_find.c \
	%D%/schema_impl.h \
	%D%/schema_redact.c \
	%D%/text.c \
	%D%/text.h \
	%D%/write.c \
	%D%/write.h
