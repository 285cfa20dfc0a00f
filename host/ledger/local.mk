libhost_a_SOURCES += \
	%D%/host.h
