libhost_a_SOURCES += \
	%D%/agent.c \
	%D%/agent.h \
	%D%/agent_impl.h \
	%D%/claim.c \
	%D%/claimer.c \
	%D%/beat.c \
	%D%/sender.c \
	%D%/steps.c \
	%D%/wire.c \
	%D%/wire.h

EXTRA_DIST += %D%/README.md
