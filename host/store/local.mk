libhost_a_SOURCES += \
	%D%/db.c \
	%D%/db.h \
	%D%/run_state.c \
	%D%/schema.c \
	%D%/schema.h \
	%D%/scope.h \
	%D%/scope_cache.c \
	%D%/scope_cache.h \
	%D%/store_attempt.c \
	%D%/store_audit.c \
	%D%/store_audit.h \
	%D%/store_auth.c \
	%D%/store_auth.h \
	%D%/store_checkpoint.c \
	%D%/store_checkpoint.h \
	%D%/store_event.c \
	%D%/store_event.h \
	%D%/store_misc.c \
	%D%/store_misc.h \
	%D%/store_page.c \
	%D%/store_run.c \
	%D%/store_run.h \
	%D%/store_scope.c \
	%D%/store_scope.h
