#!/usr/bin/python3
"""
Counts to the first argument, for the runner "exec" with protocol = lines.
After a crash it goes on behind its last checkpoint.  COUNT_FAIL_AT, for
trying that, makes the first attempt fail there so that another one is tried.
"""
import json
import os
import sys


def say(word, *rest):
    """One line of the protocol; a line is only heard when it is flushed."""
    print("::" + word, *rest, flush=True)


def main():
    to = int(sys.argv[1])
    at = int(os.environ.get("RUNHOST_CHECKPOINT", 0))
    while at < to:
        at += 1
        print(at)
        say("progress", at * 100 // to, "%d of %d" % (at, to))
        say("checkpoint", "at", at)
        if (os.environ.get("COUNT_FAIL_AT") == str(at) and
                os.environ["RUNHOST_ATTEMPT"] == "1"):
            say("error", "stopped at %d, as it was told" % at)
            return 75
    say("result", json.dumps({"counted": to}))
    return 0


sys.exit(main())
