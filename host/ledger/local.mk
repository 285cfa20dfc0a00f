libhost_a_SOURCES += \
	%D%/catalog.c \
	%D%/counts.c \
	%D%/host.c \
	%D%/host.h \
	%D%/host_impl.h \
	%D%/host_start.c \
	%D%/host_start.h \
	%D%/keeper.c \
	%D%/ledger.c \
	%D%/ledger.h \
	%D%/meters.c \
	%D%/reads.c \
	%D%/upgrade.c \
	%D%/upgrade.h \
	%D%/waits.c \
	%D%/writer.c

EXTRA_DIST += %D%/README.md
