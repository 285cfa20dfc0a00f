# kill -9 of the real host under load, round after round.  Long:
#	python3 tests/crash/crash.py -n 10000
TESTS += %D%/crash.sh
EXTRA_DIST += %D%/crash.sh %D%/crash.py %D%/clients.py %D%/ledger.py
