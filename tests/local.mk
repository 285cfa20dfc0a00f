# Every test prints TAP; automake's driver counts the cases.
TEST_EXTENSIONS = .sh
TAP_DRIVER = env AM_TAP_AWK='$(AWK)' $(SHELL) \
	$(top_srcdir)/build-aux/tap-driver.sh
LOG_DRIVER = $(TAP_DRIVER)
SH_LOG_DRIVER = $(TAP_DRIVER)
SH_LOG_COMPILER = $(SHELL)
AM_LOG_DRIVER_FLAGS = --comments
AM_SH_LOG_DRIVER_FLAGS = --comments
AM_TESTS_ENVIRONMENT = \
	TOP_SRCDIR='$(abs_top_srcdir)'; export TOP_SRCDIR; \
	TOP_BUILDDIR='$(abs_top_builddir)'; export TOP_BUILDDIR; \
	RUNHOST='$(abs_top_builddir)/runhost'; export RUNHOST; \
	UBSAN_OPTIONS="print_stacktrace=1:$$UBSAN_OPTIONS"; \
	export UBSAN_OPTIONS;

# For who orders them: the long ones would come last.
list-tests:
	@echo $(TESTS)
.PHONY: list-tests

TESTS += %D%/check-docs.sh %D%/check-layers.sh %D%/check-shells.sh
EXTRA_DIST += %D%/check-docs.sh %D%/check-layers.sh %D%/check-shells.sh \
	%D%/run.sh %D%/lib/deps.sh

# The pages of docs/ that are made from tables of the host; the unit tests
# compare them.
EXTRA_PROGRAMS += %D%/lib/pages
%C%_lib_pages_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
%C%_lib_pages_LDADD = $(HOST_LIBS)
%C%_lib_pages_SOURCES = %D%/lib/pages_main.c \
	%D%/lib/page_make.c %D%/lib/page_replies.c %D%/lib/page_replies.h \
	%D%/lib/pages.c %D%/lib/pages.h %D%/lib/replies.c %D%/lib/replies.h
CLEANFILES += %D%/lib/pages
docs: docs-pages
.PHONY: docs-pages
docs-pages: %D%/lib/pages
	$(MKDIR_P) $(srcdir)/docs
	%D%/lib/pages $(srcdir)
