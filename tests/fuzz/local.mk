# Not part of "make check": needs clang.  FUZZ_SECONDS is for each fuzzer.
FUZZ_SECONDS = 60
fuzz:
	$(srcdir)/%D%/build.sh -d build-fuzz -r $(FUZZ_SECONDS)
.PHONY: fuzz

# The folder travels whole, so that fuzzers are not listed one by one.
EXTRA_DIST += %D%
