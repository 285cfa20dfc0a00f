# Scenarios against the real host: each .scn is a test.  To run some by hand:
#	python3 tests/lib/scenario.py --keep tests/scenario/310-crash.scn
TESTS += %D%/scenarios.sh
# Folders travel whole, so that scenarios are not listed one by one.
EXTRA_DIST += %D% tests/lib/scenario.py tests/lib/scn tests/hostile
