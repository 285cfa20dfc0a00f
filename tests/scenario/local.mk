# Scenarios against the real host: scripts that print TAP, in TESTS.
