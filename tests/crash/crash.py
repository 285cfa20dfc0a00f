#!/usr/bin/env python3
"""
Kills the real host again and again under 64 clients, and compares what it
has left behind with what they were told.  Prints TAP.

	crash.py [-n ROUNDS] [-t MINUTES] [-s SEED]

A round starts the host where the one before left it and kills it with
SIGKILL: half of them a random time after the start, the others up to 20 ms
after it has passed a fault point a random number of times.  Points, times
and what clients ask for come from the seed, which is printed; how the
threads take turns doesn't.
"""
import argparse
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path[:0] = [os.path.join(os.path.dirname(os.path.abspath(__file__)),
                             "..", "lib")]

# The path of the modules needs the line above first.
import ledger                                   # noqa: E402
from clients import CLIENTS, Book, Clients      # noqa: E402
from scn.door import NO_ANSWER, Door            # noqa: E402
from scn.host import Host, become_subreaper, wait_until     # noqa: E402
from scn.text import Failure                    # noqa: E402

DELAY_US = 20000        # at most, from a fault point to the kill
UNSTEERED_S = 0.35      # at most, from the start to the kill
UNREACHED_S = 1.5       # a point that wasn't reached by then isn't this time
VERIFY_EVERY = 20       # rounds
FRESH_EVERY = 66        # rounds; so the first start is met, too
ASK_AGAIN = 30          # keys of all, after each crash, besides the newest
PLUGINS = ("runner_mock", "runner_echo", "action_hello")

# Points that a host passes once, or once a second.
SELDOM = {"start.recovered": 1, "audit.before_head": 1}
NTH_MAX = 60


class Crash:
    def __init__(self, top, build, folder, seed, slack):
        self.top = top
        self.folder = folder
        self.random = random.Random(seed)
        self.seed = seed
        self.slack = slack
        self.data = os.path.join(folder, "data")
        self.plugins = os.path.join(folder, "plugins")
        self.log = os.path.join(folder, "host.log")
        self.binary = os.environ.get("RUNHOST") or \
            os.path.join(build, "runhost")
        self.host = Host(self.binary, self.data, self.log, slack)
        self.options = []
        self.book = Book()
        self.points = self.fault_points()
        self.killed = dict.fromkeys(self.points + ["any time"], 0)
        self.unreached = 0
        os.mkdir(self.plugins)
        for name in PLUGINS:
            shutil.copy(os.path.join(build, ".libs", name + ".so"),
                        self.plugins)

    def fault_points(self):
        with open(os.path.join(self.top, "host/base/fault.c")) as source:
            table = re.search(r"fault_table\[\] = \{(.*?)\};", source.read(),
                              re.S)
        names = re.findall(r"\"([\w.]+)\"", table.group(1))
        # Those of an upgrade have a test of their own.
        return [name for name in names if not name.startswith("upgrade.")]

    # --- a round ---

    def round(self, number):
        if number % FRESH_EVERY == 0:
            self.fresh()
        point = None
        if number % 2:
            # In turn, so that few rounds reach all of them.
            point = self.points[number // 2 % len(self.points)]
        if point is None:
            self.unsteered(number)
        else:
            self.steered(number, point)
        self.check(number)

    def unsteered(self, number):
        deadline = time.monotonic() + \
            self.random.uniform(0, UNSTEERED_S) * self.slack
        self.start(None)
        clients = None
        while time.monotonic() < deadline and self.host.alive():
            if clients is None and self.host.listening():
                clients = self.let_in(number)
            time.sleep(0.001)
        self.kill()
        self.killed["any time"] += 1
        if clients:
            clients.join()

    def steered(self, number, point):
        nth = self.random.randint(1, SELDOM.get(point, NTH_MAX))
        delay = self.random.choice((0, self.random.randint(1, DELAY_US)))
        self.start("%s:%d:kill:%d" % (point, nth, delay))
        clients = None
        deadline = time.monotonic() + UNREACHED_S * self.slack
        while self.host.alive() and time.monotonic() < deadline:
            if clients is None and self.host.listening():
                clients = self.let_in(number)
            time.sleep(0.002)
        if self.host.alive():
            self.unreached += 1
            self.kill()
        elif self.host.code() != -signal.SIGKILL:
            raise Failure("the host ended with %s\n%s" %
                          (self.host.code(), self.host.log_tail()))
        else:
            self.killed[point] += 1
        if clients:
            clients.join()

    def start(self, fault):
        # The log of the host that was killed has nothing more to say.
        open(self.log, "w").close()
        self.host.start(self.plugins, self.options, fault)

    def kill(self):
        if self.host.alive():
            self.host.signal(signal.SIGKILL)
        self.host.wait_exit(20 * self.slack)

    def let_in(self, number):
        try:
            with open(os.path.join(self.data, "admin.token")) as file:
                self.book.admin = file.read().strip()
        except OSError as why:
            raise Failure("the doors are open and there is no token: %r" %
                          why) from why
        clients = Clients(Door(self.host.port, token=self.book.admin),
                          self.book, "%d.%d" % (self.seed, number))
        clients.start()
        return clients

    def fresh(self):
        """The end of one ledger, whose all is looked at, and a new one."""
        if self.book.rounds:
            self.settle()
        self.book = Book()
        for path in (self.data, self.data + ".anchor"):
            if os.path.isdir(path):
                shutil.rmtree(path)
            elif os.path.exists(path):
                os.unlink(path)

    # --- what is left ---

    def check(self, number):
        self.host.expect_no_orphans(set())
        if self.host.sanitizer_words():
            raise Failure(self.host.sanitizer_words())
        self.book.rounds += 1
        if self.book.problems:
            raise Failure(self.book.problems[0])
        copy = self.copy()
        if copy is None or not ledger.check(
                os.path.join(copy, "runhost.db"), self.book):
            return              # killed before there was a ledger
        self.book.ask_some(self.random, ASK_AGAIN)
        if number % VERIFY_EVERY == 0:
            self.verify(copy, copy + ".anchor")

    def copy(self):
        """What the crash has left; the next host finds it untouched."""
        copy = os.path.join(self.folder, "copy")
        shutil.rmtree(copy, ignore_errors=True)
        if not os.path.exists(os.path.join(self.data, "runhost.db")):
            if self.book.runs:
                raise Failure("the database is gone")
            return None
        os.mkdir(copy, 0o700)
        for name in os.listdir(self.data):
            path = os.path.join(self.data, name)
            # The index of the WAL is of the dead process's memory.
            if os.path.isfile(path) and not name.endswith("-shm"):
                shutil.copy2(path, copy)
        if os.path.exists(copy + ".anchor"):
            os.unlink(copy + ".anchor")
        if os.path.exists(self.data + ".anchor"):
            shutil.copy2(self.data + ".anchor", copy + ".anchor")
        return copy

    def verify(self, data, anchor):
        words = [self.binary, "audit", "verify", "--data", data]
        if os.path.exists(anchor):      # else no head was signed yet
            words += ["--anchor", anchor]
        done = subprocess.run(words, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT,
                              env=Host.environment(), check=False)
        if done.returncode != 0:
            raise Failure("audit verify: %s" %
                          done.stdout.decode(errors="replace"))

    def settle(self):
        """A start that isn't killed, to the end."""
        self.start(None)
        self.host.wait_listening(False)
        self.finish()

    def finish(self):
        """All runs end, all answers are there, and the host stops."""
        self.let_in(-1).join_after_the_last_question()
        door = Door(self.host.port, token=self.book.admin)
        wait_until(60 * self.slack, "all runs have ended",
                   lambda: self.live(door) == 0)
        if self.book.problems:
            raise Failure(self.book.problems[0])
        self.host.signal(signal.SIGTERM)
        code = self.host.wait_exit(30 * self.slack)
        if code != 0:
            raise Failure("the host ended with %s" % code)
        self.host.expect_no_orphans(set())
        copy = self.copy()
        ledger.check(os.path.join(copy, "runhost.db"), self.book)
        ledger.check_ended(os.path.join(copy, "runhost.db"), self.book)
        self.verify(self.data, self.data + ".anchor")

    @staticmethod
    def live(door):
        try:
            return door.action("run_list", {"statuses": [
                "queued", "claimed", "running"]})["total_count"]
        except NO_ANSWER:
            return -1

    # --- all of it ---

    def go(self, rounds, until):
        """So many rounds, or as many as there is time for: the number."""
        for number in range(rounds):
            if time.monotonic() > until:
                rounds = number
                break
            try:
                self.round(number)
            except Failure as why:
                raise Failure("round %d of seed %d: %s" %
                              (number, self.seed, why)) from why
        self.settle()
        return rounds

    def report(self, rounds, began):
        for name, count in self.killed.items():
            print("# killed at %-24s %d" % (name, count))
        print("# %d points not reached in time" % self.unreached)
        print("# told of " + self.book.totals())
        print("# %d rounds of %d clients in %.0f s" %
              (rounds, CLIENTS, time.monotonic() - began))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("-n", type=int, default=200, metavar="ROUNDS")
    parser.add_argument("-t", type=float, default=float("inf"),
                        metavar="MINUTES")
    parser.add_argument("-s", type=int, metavar="SEED",
                        default=int.from_bytes(os.urandom(4), "big"))
    options = parser.parse_args()
    top = os.environ.get("TOP_SRCDIR") or os.path.dirname(os.path.dirname(
        os.path.dirname(os.path.abspath(__file__))))
    build = os.environ.get("TOP_BUILDDIR") or os.path.join(top, "build")
    slack = float(os.environ.get("SCENARIO_SLACK", "1"))
    become_subreaper()
    folder = tempfile.mkdtemp(prefix="runhost-crash.")
    began, why = time.monotonic(), None
    rounds = options.n
    print("1..1\n# seed %d" % options.s)
    sys.stdout.flush()
    crash = Crash(top, build, folder, options.s, slack)
    try:
        rounds = crash.go(options.n, began + 60 * options.t)
        missed = [name for name, n in crash.killed.items() if n == 0]
        if rounds >= 200 and missed:
            raise Failure("never killed at " + ", ".join(missed))
    except Failure as failure:
        why = "%s\n%s" % (failure, crash.host.log_tail())
    finally:
        crash.host.kill_everything()
        shutil.rmtree(folder, ignore_errors=True)
    crash.report(rounds, began)
    if why:
        print("# " + why.replace("\n", "\n# "))
    print("%sok 1 - nothing acknowledged is lost in %d crashes" %
          ("not " if why else "", rounds))
    return 1 if why else 0


if __name__ == "__main__":
    sys.exit(main())
