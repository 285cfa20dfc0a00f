libhost_a_SOURCES += \
	%D%/read.h \
	%D%/scan.h \
	%D%/schema.h \
	%D%/write.h
