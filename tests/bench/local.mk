# Built by "make bench" only.  A benchmark is appended to bench_programs.
bench_programs =
bench: $(bench_programs)
.PHONY: bench
CLEANFILES += $(bench_programs)

# The limit programs see neither the host's code nor its warnings.
LIMIT_CPPFLAGS = $(SQLITE_CFLAGS) $(SODIUM_CFLAGS)
LIMIT_CFLAGS = -std=gnu11 -O2 -pthread -Wall -Wno-unused-function

bench_programs += \
	%D%/limit/bytes \
	%D%/limit/fanout \
	%D%/limit/fsyncfloor \
	%D%/limit/ipc \
	%D%/limit/ledger \
	%D%/limit/mhdread \
	%D%/limit/queries
EXTRA_PROGRAMS += \
	%D%/limit/bytes \
	%D%/limit/fanout \
	%D%/limit/fsyncfloor \
	%D%/limit/ipc \
	%D%/limit/ledger \
	%D%/limit/mhdread \
	%D%/limit/queries
EXTRA_DIST += %D%/limit/README.md

%C%_limit_bytes_SOURCES = %D%/limit/bytes.c %D%/limit/util.h
%C%_limit_bytes_CPPFLAGS = $(LIMIT_CPPFLAGS)
%C%_limit_bytes_CFLAGS = $(LIMIT_CFLAGS)
%C%_limit_bytes_LDFLAGS = -pthread
%C%_limit_bytes_LDADD = $(SQLITE_LIBS)
%C%_limit_fanout_SOURCES = %D%/limit/fanout.c %D%/limit/util.h
%C%_limit_fanout_CPPFLAGS = $(LIMIT_CPPFLAGS)
%C%_limit_fanout_CFLAGS = $(LIMIT_CFLAGS)
%C%_limit_fanout_LDFLAGS = -pthread
%C%_limit_fanout_LDADD =
%C%_limit_fsyncfloor_SOURCES = %D%/limit/fsyncfloor.c %D%/limit/util.h
%C%_limit_fsyncfloor_CPPFLAGS = $(LIMIT_CPPFLAGS)
%C%_limit_fsyncfloor_CFLAGS = $(LIMIT_CFLAGS)
%C%_limit_fsyncfloor_LDFLAGS = -pthread
%C%_limit_fsyncfloor_LDADD =
%C%_limit_ipc_SOURCES = %D%/limit/ipc.c %D%/limit/util.h
%C%_limit_ipc_CPPFLAGS = $(LIMIT_CPPFLAGS)
%C%_limit_ipc_CFLAGS = $(LIMIT_CFLAGS)
%C%_limit_ipc_LDFLAGS = -pthread
%C%_limit_ipc_LDADD =
%C%_limit_ledger_SOURCES = %D%/limit/ledger.c %D%/limit/util.h %D%/limit/json.h
%C%_limit_ledger_CPPFLAGS = $(LIMIT_CPPFLAGS)
%C%_limit_ledger_CFLAGS = $(LIMIT_CFLAGS)
%C%_limit_ledger_LDFLAGS = -pthread
%C%_limit_ledger_LDADD = $(SQLITE_LIBS) $(SODIUM_LIBS) -lm
%C%_limit_mhdread_SOURCES = %D%/limit/mhdread.c %D%/limit/util.h
%C%_limit_mhdread_CPPFLAGS = $(LIMIT_CPPFLAGS) $(MHD_CFLAGS)
%C%_limit_mhdread_CFLAGS = $(LIMIT_CFLAGS)
%C%_limit_mhdread_LDFLAGS = -pthread
%C%_limit_mhdread_LDADD = $(SQLITE_LIBS) $(MHD_LIBS)
%C%_limit_queries_SOURCES = %D%/limit/queries.c %D%/limit/util.h
%C%_limit_queries_CPPFLAGS = $(LIMIT_CPPFLAGS)
%C%_limit_queries_CFLAGS = $(LIMIT_CFLAGS)
%C%_limit_queries_LDFLAGS = -pthread
%C%_limit_queries_LDADD = $(SQLITE_LIBS)

# The host's own code beside its limits.
bench_programs += %D%/life
EXTRA_PROGRAMS += %D%/life
TESTS += %D%/table-check.sh
EXTRA_DIST += %D%/figures.txt %D%/run.sh %D%/table-check.sh %D%/table.awk
%C%_life_SOURCES = \
	%D%/bare.c \
	%D%/bare.h \
	%D%/checkpoints.c \
	%D%/life.c \
	%D%/life.h \
	%D%/life_gate.c \
	%D%/life_store.c
%C%_life_LDADD = $(HOST_LIBS)

bench_programs += %D%/claims %D%/pages
EXTRA_PROGRAMS += %D%/claims %D%/pages
%C%_claims_SOURCES = \
	%D%/bare.c \
	%D%/bare.h \
	%D%/checkpoints.c \
	%D%/claims.c \
	%D%/life.h \
	%D%/took.c \
	%D%/took.h
%C%_claims_LDADD = $(HOST_LIBS)
%C%_pages_SOURCES = \
	%D%/bare.c \
	%D%/bare.h \
	%D%/pages.c \
	%D%/took.c \
	%D%/took.h
%C%_pages_LDADD = $(HOST_LIBS)

# Clients of the host's doors: they share no code with it.
bench_programs += %D%/boot %D%/load %D%/pager %D%/remote %D%/stats
EXTRA_PROGRAMS += %D%/boot %D%/load %D%/pager %D%/remote %D%/stats
%C%_stats_SOURCES = %D%/stats.c
%C%_stats_LDADD = $(HOST_LIBS)
%C%_boot_SOURCES = %D%/boot.c
%C%_boot_LDADD =
%C%_load_SOURCES = \
	%D%/client.c \
	%D%/client.h \
	%D%/load.c \
	%D%/took.c \
	%D%/took.h
%C%_load_LDADD = -lm
%C%_pager_SOURCES = \
	%D%/client.c \
	%D%/client.h \
	%D%/pager.c \
	%D%/took.c \
	%D%/took.h
%C%_pager_LDADD =
%C%_remote_SOURCES = \
	%D%/client.c \
	%D%/client.h \
	%D%/remote.c \
	%D%/took.c \
	%D%/took.h
%C%_remote_LDADD =

# Abuse of the doors.  A short form of it is a test, so that its client is
# built for the tests, too.
check_PROGRAMS += %D%/abuse
bench_programs += %D%/abuse
%C%_abuse_SOURCES = \
	%D%/abuse.c \
	%D%/abuse.h \
	%D%/abuse_full.c \
	%D%/abuse_hold.c \
	%D%/client.c \
	%D%/client.h
%C%_abuse_LDADD =
TESTS += %D%/abuse-short.sh
EXTRA_DIST += \
	%D%/abuse-short.sh \
	%D%/abuse.sh \
	%D%/abuse_base.py \
	%D%/abuse_doors.py \
	%D%/abuse_ledger.py \
	%D%/abuse.py

# The host without its doors, and what it runs.
bench_programs += %D%/runs %D%/spawn %D%/transport %D%/bench_plugin.la
EXTRA_PROGRAMS += %D%/runs %D%/spawn %D%/transport
%C%_spawn_SOURCES = %D%/spawn.c %D%/took.c %D%/took.h
%C%_spawn_LDADD = $(HOST_LIBS)
%C%_transport_SOURCES = %D%/transport.c
%C%_transport_LDADD = $(HOST_LIBS)
%C%_runs_SOURCES = %D%/runs.c
%C%_runs_LDADD = $(HOST_LIBS)
EXTRA_LTLIBRARIES += %D%/bench_plugin.la
%C%_bench_plugin_la_SOURCES = %D%/plugin/bench.c
%C%_bench_plugin_la_CPPFLAGS = $(PLUGIN_CPPFLAGS)
%C%_bench_plugin_la_CFLAGS = $(PLUGIN_CFLAGS)
%C%_bench_plugin_la_LDFLAGS = $(LOCAL_PLUGIN_LDOPTS)
EXTRA_DIST += %D%/plugin/idle.c
