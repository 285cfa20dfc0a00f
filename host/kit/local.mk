libhost_a_SOURCES += \
	%D%/bench.c \
	%D%/bench.h \
	%D%/check.c \
	%D%/check.h \
	%D%/check_load.c \
	%D%/check_print.c \
	%D%/check_run.c \
	%D%/check_seen.c \
	%D%/dev.c \
	%D%/dev.h \
	%D%/drive.c \
	%D%/drive.h \
	%D%/drive_frame.c \
	%D%/drive_part.h \
	%D%/fake.c \
	%D%/fake.h \
	%D%/sample.c \
	%D%/sample.h \
	%D%/template.c \
	%D%/template.h \
	%D%/template_text.c
