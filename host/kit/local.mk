libhost_a_SOURCES += \
	%D%/template.c \
	%D%/template.h \
	%D%/template_text.c
