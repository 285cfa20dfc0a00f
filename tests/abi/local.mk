# Tests of the plugin ABI: scripts or programs that print TAP, in TESTS.
