libhost_a_SOURCES += \
	%D%/action.h \
	%D%/call.h \
	%D%/replies.h
