bin_PROGRAMS += runhost
runhost_SOURCES = %D%/main.c
nodist_runhost_SOURCES = %D%/shipped.c
CLEANFILES += %D%/shipped.c

# What is enabled without anybody's word: the files as they were built.
%D%/shipped.c: $(plugin_LTLIBRARIES) Makefile
	$(AM_V_GEN)$(MKDIR_P) %D% && (cd .libs && $(B2SUM) -l 256 \
	    $(plugin_LTLIBRARIES:.la=.so)) >$@.sums && { \
		echo '#include "cli/shipped.h"'; \
		echo 'static const uint8_t digests[][HASH_LEN] = {'; \
		sed 's/ .*//; s/../0x&,/g; s/.*/{ & },/' $@.sums; \
		echo '};'; \
		echo 'const struct shipped shipped_plugins = {'; \
		echo 'digests, sizeof digests / sizeof *digests };'; \
	} >$@.new && mv $@.new $@ && rm $@.sums
runhost_LDADD = $(HOST_LIBS)
