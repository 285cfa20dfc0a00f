libhost_a_SOURCES += \
	%D%/abi.h \
	%D%/describe.h \
	%D%/dso.h \
	%D%/image.h \
	%D%/registry.h
