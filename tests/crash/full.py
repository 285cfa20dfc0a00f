#!/usr/bin/env python3
"""
A host whose disk is full, under 64 clients: it refuses with 507 and loses
nothing that it has acknowledged, goes on when there is room, and outlives
a kill -9 while there is none.  Prints TAP.

The index of the WAL lies on the same disk: when that can't grow behind a
COMMIT, SQLite can't say whether it holds, and the host ends with 74 for its
supervisor to start it again.  That is as good as the kill -9.

	full.py FOLDER

The folder is a filesystem of its own, of some 112 MiB.
"""
import argparse
import os
import shutil
import sys
import tempfile
import time

sys.dont_write_bytecode = True

# The path of the modules needs this one first.
from crash import Crash                         # noqa: E402
from clients import Clients                     # noqa: E402
from scn.door import Door                       # noqa: E402
from scn.host import become_subreaper, wait_until   # noqa: E402
from scn.text import Failure                    # noqa: E402

BALLAST_BYTES = 16 << 20    # a file; taken away to make room
BALLASTS = 3
# One more, so that all runs can end: what a ballast gave may be in the WAL
# alone, which needs as much again in the database before it is any shorter.
LAST_BYTES = 2 * BALLAST_BYTES
PADDING = 12000             # of a run, so that the disk is full soon
REFUSALS = 200              # that are waited for
SERVED = 20                 # runs, likewise, while the others go on filling
OUTCOME_UNKNOWN = 74        # the host's exit code
LOW_WATER_BYTES = 4 << 20   # or none at all: then SQLite hears of it


class Full(Crash):
    def __init__(self, disk, low_water, *rest):
        super().__init__(*rest)
        self.disk = disk
        self.data = self.host.data = os.path.join(disk, "data")
        self.options = ["--set", "disk.low_water_bytes=%d" % low_water,
                        "--set", "store.checkpoint_pages=200"]

    def ballast(self, number):
        return os.path.join(self.disk, "ballast.%d" % number)

    def fill(self):
        for number in range(BALLASTS + 1):
            with open(self.ballast(number), "wb") as file:
                file.write(bytes(BALLAST_BYTES if number < BALLASTS else
                                 LAST_BYTES))

    def clients(self, number):
        with open(os.path.join(self.data, "admin.token")) as file:
            self.book.admin = file.read().strip()
        clients = Clients(Door(self.host.port, token=self.book.admin),
                          self.book, "%d.%d" % (self.seed, number))
        clients.start(PADDING)
        return clients

    def wait(self, what, condition):
        def held():
            if self.book.problems:
                raise Failure(self.book.problems[0])
            if not self.host.alive() and not self.gave_up():
                raise Failure("the host ended with %s" % self.host.code())
            return condition()
        wait_until(60 * self.slack, what, held)

    def gave_up(self):
        return self.host.code() == OUTCOME_UNKNOWN

    def until_full(self):
        refused = self.book.full
        self.wait("the disk is full",
                  lambda: self.book.full >= refused + REFUSALS or
                  self.gave_up())

    def until_served(self):
        served = len(self.book.runs)
        self.wait("runs are made again",
                  lambda: len(self.book.runs) >= served + SERVED)

    def go(self, rounds):
        """Each ballast is a round; the last one begins with a kill."""
        del rounds
        self.fill()
        self.start(None)
        self.host.wait_listening(False)
        clients = self.clients(0)
        for number in range(BALLASTS):
            self.until_full()
            if number == BALLASTS - 1 or self.gave_up():
                self.kill()
                clients.join()
                self.check(0)
                os.unlink(self.ballast(number))
                self.start(None)
                self.host.wait_listening(False)
                clients = self.clients(number)
            else:
                os.unlink(self.ballast(number))
            self.until_served()
        clients.join_after_the_last_question()
        os.unlink(self.ballast(BALLASTS))
        self.finish()


def play(number, name, disk, low_water, top, build, slack):
    folder = tempfile.mkdtemp(prefix="runhost-full.")
    seed = int.from_bytes(os.urandom(4), "big")
    began, why = time.monotonic(), None
    print("# seed %d" % seed)
    full = Full(disk, low_water, top, build, folder, seed, slack)
    try:
        full.go(1)
    except Failure as failure:
        why = "%s\n%s" % (failure, full.host.log_tail())
    finally:
        full.host.kill_everything()
        shutil.rmtree(folder, ignore_errors=True)
        for name_left in os.listdir(disk):
            path = os.path.join(disk, name_left)
            if os.path.isdir(path):
                shutil.rmtree(path)
            else:
                os.unlink(path)
    print("# told of %s, %d times of a full disk, in %.0f s" %
          (full.book.totals(), full.book.full, time.monotonic() - began))
    if why:
        print("# " + why.replace("\n", "\n# "))
    print("%sok %d - %s" % ("not " if why else "", number, name))
    sys.stdout.flush()
    return 1 if why else 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    options = parser.parse_args()
    top = os.environ.get("TOP_SRCDIR") or os.path.dirname(os.path.dirname(
        os.path.dirname(os.path.abspath(__file__))))
    build = os.environ.get("TOP_BUILDDIR") or os.path.join(top, "build")
    slack = float(os.environ.get("SCENARIO_SLACK", "1"))
    become_subreaper()
    print("1..2")
    return play(1, "nothing acknowledged is lost on a full disk",
                options.folder, 0, top, build, slack) | \
        play(2, "nor below the low-water mark", options.folder,
             LOW_WATER_BYTES, top, build, slack)


if __name__ == "__main__":
    sys.exit(main())
