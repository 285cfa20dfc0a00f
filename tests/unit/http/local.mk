# The HTTP doors over a fake host: its functions have the names of the real
# ones, so this program is apart from the other unit tests.
check_PROGRAMS += %D%/http
TESTS += %D%/http
%C%_http_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests \
	-I$(top_srcdir)/tests/unit $(CUNIT_CFLAGS)
%C%_http_LDADD = $(HOST_LIBS) $(CUNIT_LIBS)
%C%_http_SOURCES = \
	%D%/client.c \
	%D%/client.h \
	%D%/fake_host.c \
	%D%/fake_host.h \
	%D%/main.c \
	%D%/test_churn.c \
	%D%/test_conn.c \
	%D%/test_limits.c \
	%D%/test_peer.c \
	%D%/test_rate.c \
	%D%/test_routes.c \
	%D%/test_runs.c \
	%D%/test_sse.c \
	%D%/../../lib/unit.c \
	%D%/../../lib/unit.h
