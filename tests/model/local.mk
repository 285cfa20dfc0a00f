# The model test: random calls through the thread-free ledger and plan,
# beside a model of both.  Long: tests/model/model -t MINUTES -s SEED.
check_PROGRAMS += %D%/model
TESTS += %D%/model
%C%_model_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests $(CUNIT_CFLAGS)
%C%_model_LDADD = $(HOST_LIBS) $(CUNIT_LIBS)
%C%_model_SOURCES = \
	%D%/away.c \
	%D%/batch.c \
	%D%/calls.c \
	%D%/choose.c \
	%D%/compare.c \
	%D%/crash.c \
	%D%/farm.c \
	%D%/main.c \
	%D%/model.h \
	%D%/pairs.c \
	%D%/reads.c \
	%D%/remote.c \
	%D%/rights.c \
	%D%/runs.c \
	%D%/world.c \
	%D%/world.h \
	%D%/../lib/core.c \
	%D%/../lib/core.h \
	%D%/../lib/faultvfs.c \
	%D%/../lib/faultvfs.h \
	%D%/../lib/unit.c \
	%D%/../lib/unit.h
EXTRA_DIST += %D%/README.md
