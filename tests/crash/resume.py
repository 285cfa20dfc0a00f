#!/usr/bin/env python3
"""
Streams outlive their host: many clients follow runs by SSE, the host is
killed with SIGKILL while events flow, and started again, again and again.
Each client comes back with its Last-Event-ID and looks for itself: no event
is missing, none comes twice, and the last word is the run's end.  Prints TAP.

	resume.py [-c CLIENTS] [-k KILLS] [-s SEED]

When it is killed comes from the seed: after so many events, counted over all
clients, half of the times when they have hardly come back.
"""
import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

sys.dont_write_bytecode = True
sys.path[:0] = [os.path.join(os.path.dirname(os.path.abspath(__file__)),
                             "..", "lib")]

# The path of the modules needs the line above first.
from scn.door import NO_ANSWER, Door, Stream    # noqa: E402
from scn.host import Host, become_subreaper, wait_until     # noqa: E402
from scn.text import Failure                    # noqa: E402

FOLLOWERS = 5           # of each run
DELAY_MS = 50           # of a stage; a run has 24 of them
SOON, LATER = (1, 40), (200, 800)   # events, from a start to the kill
PATIENCE_S = 120
OPTIONS = ["--set", "quota.streams=0", "--set", "worker.max=40",
           "--set", "run.max_losses=100", "--set", "run.backoff_ms=0"]


class Follower(threading.Thread):
    """One client: it knows the run, what it has seen, and where to ask."""

    def __init__(self, crash, run):
        super().__init__(daemon=True)
        self.crash = crash
        self.run_id = run
        self.events = []        # (seq, type, payload)
        self.end = None
        self.resumed = 0        # in the middle of the run

    def run(self):
        try:
            while self.end is None:
                door = self.crash.wait_door()
                if door is None:
                    return
                self.follow(door)
        except Exception as why:        # else nobody would hear of it
            self.crash.problem("%s behind event %d: %r" %
                               (self.run_id, len(self.events), why))

    def follow(self, door):
        """Until the stream ends, for whatever reason."""
        after = len(self.events)
        try:
            stream = Stream(door, self.run_id, after or None, self.see)
        except NO_ANSWER:
            return              # killed before it has answered
        stream.join()
        stream.connection.close()
        if stream.end is None:
            self.resumed += 0 < len(self.events)
            return
        if stream.end.get("status") != "SUCCEEDED" or \
                stream.end["last_seq"] != len(self.events):
            raise Failure("the last word is %s" % stream.end)
        self.end = stream.end
        self.crash.count(0)

    def see(self, _, event):
        seq, name, data = event
        if seq != len(self.events) + 1 or data["seq"] != seq:
            self.crash.problem("%s: event %d comes behind %d" %
                               (self.run_id, seq, len(self.events)))
        self.events.append((seq, name, data["payload"]))
        self.crash.count(1)


class Crash:
    def __init__(self, build, folder, seed, slack):
        self.random = random.Random(seed)
        self.slack = slack
        self.data = os.path.join(folder, "data")
        self.plugins = os.path.join(folder, "plugins")
        self.binary = os.environ.get("RUNHOST") or \
            os.path.join(build, "runhost")
        self.host = Host(self.binary, self.data,
                         os.path.join(folder, "host.log"), slack)
        self.news = threading.Condition()
        self.door = None        # None while it is dead
        self.over = False
        self.seen = 0           # events, of all clients
        self.problems = []
        self.followers = []
        os.mkdir(self.plugins)
        shutil.copy(os.path.join(build, ".libs", "runner_mock.so"),
                    self.plugins)

    # --- of the followers' threads ---

    def wait_door(self):
        with self.news:
            self.news.wait_for(lambda: self.door or self.over)
            return None if self.over else self.door

    def count(self, events):
        with self.news:
            self.seen += events
            self.news.notify_all()

    def problem(self, what):
        with self.news:
            self.problems.append(what)
            self.news.notify_all()

    # --- of this one ---

    def start(self):
        self.host.start(self.plugins, OPTIONS, None)
        self.host.wait_listening(False)
        with open(os.path.join(self.data, "admin.token")) as file:
            token = file.read().strip()
        with self.news:
            self.door = Door(self.host.port, token=token)
            self.news.notify_all()

    def kill(self):
        with self.news:
            self.door = None
        self.host.signal(signal.SIGKILL)
        self.host.wait_exit(20 * self.slack)
        self.host.expect_no_orphans(set())
        if self.host.sanitizer_words():
            raise Failure(self.host.sanitizer_words())

    def wait(self, what, condition):
        with self.news:
            held = self.news.wait_for(
                lambda: self.problems or condition() or
                not self.host.alive(), PATIENCE_S * self.slack)
            if self.problems:
                raise Failure(self.problems[0])
            if not self.host.alive():
                raise Failure("the host ended with %s" % self.host.code())
            if not held:
                raise Failure("%s: not in time" % what)

    def live(self):
        return sum(follower.end is None for follower in self.followers)

    def follow_all(self, clients):
        # Doors open before plugins have loaded.
        wait_until(30 * self.slack, "the host is ready", lambda:
                   self.door.send("GET", "/ready").status == 200)
        new = []
        for _ in range(clients // FOLLOWERS):
            reply = self.door.send(
                "POST", "/api/extensions/execute", '{"session_id":"s",'
                '"command":"/mock slow","metadata":{"delay_ms":%d}}' %
                DELAY_MS)
            if reply.status != 200:
                raise Failure("a run: %d %s" % (reply.status, reply.text))
            new += [Follower(self, reply.json["run_id"])
                    for _ in range(FOLLOWERS)]
        self.followers += new
        for follower in new:
            follower.start()

    def go(self, clients, kills):
        self.start()
        for number in range(kills):
            # On a busy machine runs end before all kills have come.
            if self.live() == 0:
                self.follow_all(clients)
            until = self.seen + self.random.randint(
                *(SOON if number % 2 else LATER))
            self.wait("events flow", lambda: self.seen >= until or
                      self.live() == 0)
            self.kill()
            self.start()
        self.wait("all have heard the end", lambda: self.live() == 0)
        for follower in self.followers:
            follower.join()
        self.compare()
        self.host.signal(signal.SIGTERM)
        if self.host.wait_exit(30 * self.slack) != 0:
            raise Failure("the host ended with %s" % self.host.code())
        self.verify()

    def compare(self):
        """What each has pieced together is what the ledger has."""
        for follower in self.followers:
            page = self.door.send("GET", "/api/runs/%s/events?limit=1000" %
                                  follower.run_id).json
            there = [(event["seq"], event["event_type"], event["payload"])
                     for event in page["events"]]
            if page["has_more"] or there != follower.events:
                raise Failure("%s: the ledger has %s\nand was heard as %s" %
                              (follower.run_id, there, follower.events))
        if self.resumed() < len(self.followers):
            raise Failure("only %d came back in the middle of a run" %
                          self.resumed())

    def verify(self):
        done = subprocess.run(
            [self.binary, "audit", "verify", "--data", self.data],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env=Host.environment(), check=False)
        if done.returncode != 0:
            raise Failure("audit verify: %s" %
                          done.stdout.decode(errors="replace"))

    def resumed(self):
        return sum(follower.resumed for follower in self.followers)

    def end(self):
        with self.news:
            self.over = True
            self.door = None
            self.news.notify_all()
        self.host.kill_everything()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("-c", type=int, default=200, metavar="CLIENTS")
    parser.add_argument("-k", type=int, default=6, metavar="KILLS")
    parser.add_argument("-s", type=int, metavar="SEED",
                        default=int.from_bytes(os.urandom(4), "big"))
    options = parser.parse_args()
    top = os.environ.get("TOP_SRCDIR") or os.path.dirname(os.path.dirname(
        os.path.dirname(os.path.abspath(__file__))))
    build = os.environ.get("TOP_BUILDDIR") or os.path.join(top, "build")
    become_subreaper()
    folder = tempfile.mkdtemp(prefix="runhost-resume.")
    began, why = time.monotonic(), None
    print("1..1\n# seed %d" % options.s)
    sys.stdout.flush()
    crash = Crash(build, folder, options.s,
                  float(os.environ.get("SCENARIO_SLACK", "1")))
    try:
        crash.go(options.c, options.k)
    except Failure as failure:
        why = "%s\n%s" % (failure, crash.host.log_tail())
    finally:
        crash.end()
        shutil.rmtree(folder, ignore_errors=True)
    print("# %d clients saw %d events and came back %d times in the middle, "
          "in %.0f s" % (len(crash.followers), crash.seen, crash.resumed(),
                         time.monotonic() - began))
    if why:
        print("# " + why.replace("\n", "\n# "))
    print("%sok 1 - %d streams go on without a gap over %d kills" %
          ("not " if why else "", options.c, options.k))
    return 1 if why else 0


if __name__ == "__main__":
    sys.exit(main())
