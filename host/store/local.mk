libhost_a_SOURCES += \
	%D%/db.h \
	%D%/scope.h \
	%D%/store_run.h
