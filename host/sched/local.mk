libhost_a_SOURCES += \
	%D%/attempt.c \
	%D%/batch.c \
	%D%/bucket.c \
	%D%/bucket.h \
	%D%/connector.c \
	%D%/connector.h \
	%D%/control.c \
	%D%/control.h \
	%D%/plan.c \
	%D%/plan.h \
	%D%/crashes.c \
	%D%/effects.c \
	%D%/errand.c \
	%D%/errand.h \
	%D%/frames.c \
	%D%/given.c \
	%D%/inbox.c \
	%D%/job.c \
	%D%/lane.c \
	%D%/leftover.c \
	%D%/limits.c \
	%D%/link.c \
	%D%/link_inproc.c \
	%D%/link_proc.c \
	%D%/meters.c \
	%D%/nested.c \
	%D%/offer.c \
	%D%/ops.c \
	%D%/output.c \
	%D%/plug.c \
	%D%/pool.c \
	%D%/sched.c \
	%D%/sched.h \
	%D%/timers.c \
	%D%/timers.h \
	%D%/upkeep.c \
	%D%/use.c \
	%D%/trial.c \
	%D%/uses.c \
	%D%/uses.h \
	%D%/words.c \
	%D%/worker.c

EXTRA_DIST += %D%/README.md
