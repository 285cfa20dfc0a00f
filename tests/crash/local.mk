# kill -9 of the real host under load, round after round.  Long:
#	python3 tests/crash/crash.py -n 10000 [-t MINUTES]
# And a host whose disk is full, and one that is killed under its streams.
TESTS += %D%/crash.sh %D%/full.sh %D%/resume.sh
EXTRA_DIST += %D%
