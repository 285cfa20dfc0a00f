# Links the whole host, so each module's own test file is appended here.
check_PROGRAMS += %D%/unit
TESTS += %D%/unit
%C%_unit_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests $(CUNIT_CFLAGS)
%C%_unit_LDADD = $(HOST_LIBS) $(CUNIT_LIBS)
%C%_unit_SOURCES = \
	%D%/main.c \
	%D%/../lib/unit.c \
	%D%/../lib/unit.h

# base
%C%_unit_SOURCES += \
	%D%/base/test_clock.c \
	%D%/base/test_err.c \
	%D%/base/test_hash.c \
	%D%/base/test_id.c \
	%D%/base/test_log.c \
	%D%/base/test_mem.c \
	%D%/base/test_queue.c \
	%D%/base/test_str.c

# json
%C%_unit_SOURCES += \
	%D%/json/docs.c \
	%D%/json/docs.h \
	%D%/json/test_read.c \
	%D%/json/test_read_field.c \
	%D%/json/test_read_value.c \
	%D%/json/test_scan.c \
	%D%/json/test_schema.c \
	%D%/json/test_write.c

# store
%C%_unit_SOURCES +=

# auth
%C%_unit_SOURCES +=

# audit
%C%_unit_SOURCES +=

# plugin
%C%_unit_SOURCES += \
	%D%/plugin/test_abi.c \
	%D%/plugin/test_image.c \
	%D%/plugin/test_registry.c

# worker
%C%_unit_SOURCES += \
	%D%/worker/test_channel.c \
	%D%/worker/test_invoke.c \
	%D%/worker/test_protocol.c \
	%D%/worker/test_report.c

# run
%C%_unit_SOURCES += \
	%D%/run/test_slash.c

# action
%C%_unit_SOURCES +=

# ledger
%C%_unit_SOURCES +=

# sched
%C%_unit_SOURCES +=

# stream
%C%_unit_SOURCES +=

# http
%C%_unit_SOURCES +=

# cli
%C%_unit_SOURCES +=
