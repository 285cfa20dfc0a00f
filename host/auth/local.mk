libhost_a_SOURCES += \
	%D%/authorize.c \
	%D%/capability.c \
	%D%/capability.h \
	%D%/capability_held.c \
	%D%/caller.h \
	%D%/permission.c \
	%D%/policy.c \
	%D%/policy.h \
	%D%/session.c \
	%D%/session.h
