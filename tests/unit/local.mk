# Links the whole host, so each module's own test file is appended here.
check_PROGRAMS += %D%/unit
TESTS += %D%/unit
%C%_unit_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests $(CUNIT_CFLAGS)
# What a name leads to is what sched/test_connector.c says.
%C%_unit_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=getaddrinfo
%C%_unit_LDADD = $(HOST_LIBS) $(CUNIT_LIBS)
%C%_unit_SOURCES = \
	%D%/main.c \
	%D%/../lib/core.c \
	%D%/../lib/core.h \
	%D%/../lib/deny.c \
	%D%/../lib/deny.h \
	%D%/../lib/faultvfs.c \
	%D%/../lib/faultvfs.h \
	%D%/../lib/keys.h \
	%D%/../lib/matrix.c \
	%D%/../lib/matrix.h \
	%D%/../lib/samples.c \
	%D%/../lib/samples.h \
	%D%/../lib/tiny.h \
	%D%/../lib/totals.c \
	%D%/../lib/totals.h \
	%D%/../lib/peer.c \
	%D%/../lib/peer.h \
	%D%/../lib/unit.c \
	%D%/../lib/unit.h

# base
%C%_unit_SOURCES += \
	%D%/base/test_base64.c \
	%D%/base/test_clock.c \
	%D%/base/test_err.c \
	%D%/base/test_hash.c \
	%D%/base/test_hist.c \
	%D%/base/test_httpc.c \
	%D%/base/test_id.c \
	%D%/base/test_log.c \
	%D%/base/test_mem.c \
	%D%/base/test_metric.c \
	%D%/base/test_queue.c \
	%D%/base/test_secret.c \
	%D%/base/test_sse.c \
	%D%/base/test_str.c \
	%D%/base/test_target.c

# json
%C%_unit_SOURCES += \
	%D%/json/docs.c \
	%D%/json/docs.h \
	%D%/json/schemas.c \
	%D%/json/schemas.h \
	%D%/json/test_read.c \
	%D%/json/test_read_field.c \
	%D%/json/test_read_value.c \
	%D%/json/test_scan.c \
	%D%/json/test_schema.c \
	%D%/json/test_schema_check.c \
	%D%/json/test_schema_redact.c \
	%D%/json/test_write.c

# store
%C%_unit_SOURCES += \
	%D%/store/test_checkpoint.c \
	%D%/store/test_copy.c \
	%D%/store/test_page.c \
	%D%/store/test_plugin.c \
	%D%/store/test_schema.c \
	%D%/store/test_scope_cache.c \
	%D%/store/test_statements.c

# auth
%C%_unit_SOURCES += \
	%D%/auth/test_capability.c \
	%D%/auth/test_policy.c \
	%D%/auth/test_session.c

# audit
%C%_unit_SOURCES += \
	%D%/audit/test_backup.c \
	%D%/audit/test_export.c \
	%D%/audit/test_head.c \
	%D%/audit/test_tamper.c \
	%D%/audit/test_verify.c

# plugin
%C%_unit_SOURCES += \
	%D%/plugin/test_abi.c \
	%D%/plugin/test_elf.c \
	%D%/plugin/test_image.c \
	%D%/plugin/test_choose.c \
	%D%/plugin/test_registry.c \
	%D%/plugin/test_sign.c

# worker
%C%_unit_SOURCES += \
	%D%/worker/test_cgroup.c \
	%D%/worker/test_channel.c \
	%D%/worker/test_channel_local.c \
	%D%/worker/test_invoke.c \
	%D%/worker/test_protocol.c \
	%D%/worker/test_granted.c \
	%D%/worker/test_grants.c \
	%D%/worker/test_profile.c \
	%D%/worker/test_report.c \
	%D%/worker/test_sandbox.c \
	%D%/worker/test_serve.c \
	%D%/worker/test_spawner.c

# Runs a command as on a kernel that lacks something.
check_PROGRAMS += %D%/deny
%C%_deny_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
%C%_deny_LDADD = $(SECCOMP_LIBS)
%C%_deny_SOURCES = %D%/../lib/deny_main.c %D%/../lib/deny.c %D%/../lib/deny.h

# The plugins that these open, as .libs/test_<name>.so.
check_LTLIBRARIES += test_probe.la test_stuck.la test_future.la test_escape.la
test_escape_la_SOURCES = %D%/../lib/plugins/escape.c
test_escape_la_CPPFLAGS = $(PLUGIN_CPPFLAGS)
test_escape_la_CFLAGS = $(PLUGIN_CFLAGS)
test_escape_la_LDFLAGS = $(LOCAL_PLUGIN_LDOPTS)
test_probe_la_SOURCES = %D%/../lib/plugins/probe.c
test_probe_la_CPPFLAGS = $(PLUGIN_CPPFLAGS)
test_probe_la_CFLAGS = $(PLUGIN_CFLAGS)
test_probe_la_LDFLAGS = $(LOCAL_PLUGIN_LDOPTS)
test_stuck_la_SOURCES = %D%/../lib/plugins/stuck.c
test_stuck_la_CPPFLAGS = $(PLUGIN_CPPFLAGS)
test_stuck_la_CFLAGS = $(PLUGIN_CFLAGS)
test_stuck_la_LDFLAGS = $(LOCAL_PLUGIN_LDOPTS)
test_future_la_SOURCES = %D%/../lib/plugins/future.c
test_future_la_CPPFLAGS = $(PLUGIN_CPPFLAGS)
test_future_la_CFLAGS = $(PLUGIN_CFLAGS)
test_future_la_LDFLAGS = $(LOCAL_PLUGIN_LDOPTS)

# run
%C%_unit_SOURCES += \
	%D%/run/test_slash.c \
	%D%/run/test_states.c

# kit
%C%_unit_SOURCES += \
	%D%/kit/test_check_print.c \
	%D%/kit/test_sample.c \
	%D%/kit/test_template.c

# action
%C%_unit_SOURCES += \
	%D%/action/test_bounds.c \
	%D%/action/test_bypass.c \
	%D%/action/test_can.c \
	%D%/action/test_catalog.c \
	%D%/action/test_gate.c \
	%D%/action/test_intents.c \
	%D%/action/test_loading.c \
	%D%/action/test_matrix.c \
	%D%/action/test_memory.c \
	%D%/action/test_rights.c \
	%D%/action/test_tally.c \
	%D%/action/test_use.c
EXTRA_DIST += %D%/action/matrix.txt

# The matrix again, over a host that allows everything: there it must fail.
check_PROGRAMS += %D%/matrix_mutant
TESTS += %D%/matrix_mutant
%C%_matrix_mutant_CPPFLAGS = $(%C%_unit_CPPFLAGS)
%C%_matrix_mutant_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=authorize \
	-Wl,--wrap=authorize_reach
%C%_matrix_mutant_LDADD = $(%C%_unit_LDADD)
%C%_matrix_mutant_SOURCES = \
	%D%/../lib/core.c \
	%D%/../lib/matrix.c \
	%D%/../lib/samples.c \
	%D%/../lib/unit.c \
	%D%/action/matrix_mutant.c

# ledger
%C%_unit_SOURCES += \
	%D%/ledger/field.c \
	%D%/ledger/field.h \
	%D%/ledger/test_append.c \
	%D%/ledger/test_artifacts.c \
	%D%/ledger/test_attempts.c \
	%D%/ledger/test_cancel.c \
	%D%/ledger/test_claims.c \
	%D%/ledger/test_clock.c \
	%D%/ledger/test_crowd.c \
	%D%/ledger/test_faults.c \
	%D%/ledger/test_interactions.c \
	%D%/ledger/test_lanes.c \
	%D%/ledger/test_lines.c \
	%D%/ledger/test_powercut.c \
	%D%/ledger/test_recovery.c \
	%D%/ledger/test_runs.c \
	%D%/ledger/test_runtimes.c \
	%D%/ledger/test_stats.c \
	%D%/ledger/test_stored.c \
	%D%/ledger/test_sweep.c \
	%D%/ledger/test_upgrade.c

# sched
%C%_unit_SOURCES += \
	%D%/sched/rig.c \
	%D%/sched/rig.h \
	%D%/sched/rig_log.c \
	%D%/sched/test_cases.c \
	%D%/sched/test_connector.c \
	%D%/sched/test_control.c \
	%D%/sched/test_given.c \
	%D%/sched/test_limits.c \
	%D%/sched/test_misdeeds.c \
	%D%/sched/test_plan.c \
	%D%/sched/test_use.c
check_LTLIBRARIES += test_rude.la
test_rude_la_SOURCES = %D%/../lib/plugins/rude.c
test_rude_la_CPPFLAGS = $(PLUGIN_CPPFLAGS)
test_rude_la_CFLAGS = $(PLUGIN_CFLAGS)
test_rude_la_LDFLAGS = $(LOCAL_PLUGIN_LDOPTS)

# stream
%C%_unit_SOURCES +=

# http
%C%_unit_SOURCES +=

# cli
%C%_unit_SOURCES += \
	%D%/../lib/cli.c \
	%D%/../lib/cli.h \
	%D%/../lib/fakehttp.c \
	%D%/../lib/fakehttp.h \
	%D%/cli/test_complete.c \
	%D%/cli/test_config.c \
	%D%/cli/test_docs.c \
	%D%/cli/test_doctor.c \
	%D%/cli/test_door.c \
	%D%/cli/test_options.c \
	%D%/cli/test_print.c \
	%D%/cli/test_progress.c \
	%D%/cli/test_run.c

# docs
%C%_unit_SOURCES += \
	%D%/../lib/page_check.c \
	%D%/../lib/page_make.c \
	%D%/../lib/page_replies.c \
	%D%/../lib/page_replies.h \
	%D%/../lib/pages.c \
	%D%/../lib/pages.h \
	%D%/../lib/replies.c \
	%D%/../lib/replies.h \
	%D%/docs/test_pages.c
