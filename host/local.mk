bin_PROGRAMS += runhost
runhost_SOURCES = %D%/main.c
runhost_LDADD = $(HOST_LIBS)
