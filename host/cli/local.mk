libhost_a_SOURCES += \
	%D%/backing.c \
	%D%/backing.h \
	%D%/bootstrap.c \
	%D%/bootstrap.h \
	%D%/cli.c \
	%D%/cli.h \
	%D%/cmd.h \
	%D%/cmd_action.c \
	%D%/cmd_audit.c \
	%D%/cmd_audit_verify.c \
	%D%/cmd_backup.c \
	%D%/cmd_completion.c \
	%D%/cmd_config.c \
	%D%/cmd_doctor.c \
	%D%/cmd_grant.c \
	%D%/cmd_metrics.c \
	%D%/cmd_migrate.c \
	%D%/cmd_plugin.c \
	%D%/cmd_plugin_catalog.c \
	%D%/cmd_plugin_check.c \
	%D%/cmd_plugin_dev.c \
	%D%/cmd_plugin_install.c \
	%D%/cmd_plugin_new.c \
	%D%/cmd_plugin_rights.c \
	%D%/cmd_restore.c \
	%D%/cmd_run.c \
	%D%/cmd_runs.c \
	%D%/cmd_runtime.c \
	%D%/cmd_runtime_start.c \
	%D%/cmd_stats.c \
	%D%/cmd_secret.c \
	%D%/cmd_serve.c \
	%D%/cmd_key.c \
	%D%/cmd_token.c \
	%D%/command_table.c \
	%D%/complete.c \
	%D%/complete.h \
	%D%/config.c \
	%D%/config.h \
	%D%/config_cli.c \
	%D%/config_file.c \
	%D%/config_file.h \
	%D%/config_layer.h \
	%D%/config_text.c \
	%D%/datadir.c \
	%D%/datadir.h \
	%D%/doctor.h \
	%D%/doctor_data.c \
	%D%/doctor_host.c \
	%D%/doctor_sandbox.c \
	%D%/doctor_system.c \
	%D%/door.c \
	%D%/door.h \
	%D%/follow.c \
	%D%/follow.h \
	%D%/help.c \
	%D%/help.h \
	%D%/interrupt.c \
	%D%/interrupt.h \
	%D%/keyfile.c \
	%D%/keyfile.h \
	%D%/limits.c \
	%D%/limits.h \
	%D%/manual.c \
	%D%/markdown.c \
	%D%/nearest.c \
	%D%/notify.c \
	%D%/notify.h \
	%D%/options.c \
	%D%/options.h \
	%D%/print.c \
	%D%/print.h \
	%D%/progress.c \
	%D%/progress.h \
	%D%/reload.c \
	%D%/reload.h \
	%D%/reply.c \
	%D%/reply.h \
	%D%/secrets.c \
	%D%/secrets.h \
	%D%/serve.h \
	%D%/serve_doors.c \
	%D%/serve_host.c \
	%D%/settings.c \
	%D%/settings.h \
	%D%/shipped.h \
	%D%/table.c

# What is printed by the program itself; a cross build can't run it.
if NATIVE
nodist_man_MANS = %D%/runhost.1 %D%/runhost.conf.5
bashcompdir = $(datadir)/bash-completion/completions
zshcompdir = $(datadir)/zsh/site-functions
fishcompdir = $(datadir)/fish/vendor_completions.d
nodist_bashcomp_DATA = %D%/completion/runhost
nodist_zshcomp_DATA = %D%/completion/_runhost
nodist_fishcomp_DATA = %D%/completion/runhost.fish
CLEANFILES += $(nodist_man_MANS) $(nodist_bashcomp_DATA) \
	$(nodist_zshcomp_DATA) $(nodist_fishcomp_DATA)
PRINT = $(AM_V_GEN)$(MKDIR_P) $(@D) && ./runhost
PRINTED = >$@.tmp && mv $@.tmp $@

%D%/runhost.1: runhost$(EXEEXT)
	$(PRINT) help --man $(PRINTED)
%D%/runhost.conf.5: runhost$(EXEEXT)
	$(PRINT) help --man-settings $(PRINTED)
%D%/completion/runhost: runhost$(EXEEXT)
	$(PRINT) completion bash $(PRINTED)
%D%/completion/_runhost: runhost$(EXEEXT)
	$(PRINT) completion zsh $(PRINTED)
%D%/completion/runhost.fish: runhost$(EXEEXT)
	$(PRINT) completion fish $(PRINTED)
endif

# The pages that are made from the tables; a test compares them.
.PHONY: docs
docs: runhost
	$(MKDIR_P) $(srcdir)/docs
	./runhost help --markdown > $(srcdir)/docs/cli.md
	./runhost help --markdown-settings > $(srcdir)/docs/configuration.md
