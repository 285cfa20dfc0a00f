# Not part of "make check": needs clang.  FUZZ_SECONDS is for each fuzzer.
FUZZ_SECONDS = 60
fuzz:
	$(srcdir)/%D%/build.sh -d build-fuzz -r $(FUZZ_SECONDS)
.PHONY: fuzz

EXTRA_DIST += \
	%D%/build.sh \
	%D%/fuzz_frames.c \
	%D%/fuzz_json.c \
	%D%/fuzz_schema.c \
	%D%/json.dict
