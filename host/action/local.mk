libhost_a_SOURCES += \
	%D%/act.h \
	%D%/act_attempt.c \
	%D%/act_audit.c \
	%D%/act_auth.c \
	%D%/act_can.c \
	%D%/act_cancel.c \
	%D%/act_create.c \
	%D%/act_expire.c \
	%D%/act_host.c \
	%D%/act_line.c \
	%D%/act_list.c \
	%D%/act_op.c \
	%D%/act_plugin.c \
	%D%/act_recover.c \
	%D%/act_run.c \
	%D%/act_slice.c \
	%D%/act_slice.h \
	%D%/act_state.c \
	%D%/act_state.h \
	%D%/act_sweep.c \
	%D%/act_util.c \
	%D%/act_values.c \
	%D%/action.c \
	%D%/action.h \
	%D%/action_table.c \
	%D%/admit.c \
	%D%/admit.h \
	%D%/attempt.h \
	%D%/call.c \
	%D%/call.h \
	%D%/context.c \
	%D%/effect.c \
	%D%/effect.h \
	%D%/gate.c \
	%D%/gate.h \
	%D%/gate_impl.h \
	%D%/memory.c \
	%D%/memory.h \
	%D%/perform.c \
	%D%/read.c \
	%D%/replies.h \
	%D%/tally.c \
	%D%/tally.h \
	%D%/view.c

EXTRA_DIST += %D%/README.md
