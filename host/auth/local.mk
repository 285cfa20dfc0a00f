libhost_a_SOURCES += \
	%D%/caller.h \
	%D%/policy.h
