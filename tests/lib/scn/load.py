"""
Many clients at once: a fixed number of runs, or whatever reaches every
part of the host until it is killed by a fault point.
"""
import json
import threading
import time

from .door import NO_ANSWER, Stream
from .text import Failure


class Load:
    def __init__(self, steps, command, options):
        self.steps = steps
        self.door = steps.door()
        self.body = {"session_id": "load", "command": command}
        self.body.update(options)
        self.runs = []
        self.problems = []

    def create(self):
        """An acknowledged run's id, or None when it was refused."""
        reply = self.door.send("POST", "/api/extensions/execute",
                               json.dumps(self.body))
        if reply.status != 200:
            self.problems.append("%d %s" % (reply.status, reply.text))
            return None
        self.steps.record.acknowledge(reply.json["run_id"])
        return reply.json["run_id"]

    def client(self, count):
        try:
            for _ in range(count):
                run = self.create()
                if run:
                    self.runs.append(run)
        except NO_ANSWER as why:
            self.problems.append(repr(why))

    def run(self, clients, count):
        threads = [threading.Thread(target=self.client, args=(count,))
                   for _ in range(clients)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if self.problems:
            raise Failure("%d requests failed, the first: %s" %
                          (len(self.problems), self.problems[0]))
        return self.runs

    # --- until the host has ended ---

    COMMANDS = (
        ("/mock hello world", {"delay_ms": 0}),
        ("/mock slow", {"delay_ms": 1}),
        ("/echo a b c", {}),
        ("/mock fail", {"delay_ms": 0}),
    )

    @classmethod
    def exercise(cls, steps, seconds):
        """Runs of all kinds, one of three watched, one of five cancelled."""
        if not steps.host.alive():
            return
        deadline = time.monotonic() + seconds
        over = threading.Event()
        loads = [cls(steps, command, {"metadata": metadata})
                 for command, metadata in cls.COMMANDS]
        threads = [threading.Thread(target=load.exerciser, args=(over,))
                   for load in loads]
        for thread in threads:
            thread.start()
        while steps.host.alive() and time.monotonic() < deadline:
            time.sleep(0.01)
        over.set()
        for thread in threads:
            thread.join()
        if steps.host.alive():
            raise Failure("the host is still running after %g s" % seconds)
        for load in loads:
            if load.problems:
                raise Failure("refused: %s" % load.problems[0])

    def exerciser(self, over):
        """Sixteen unfinished runs a client are load enough."""
        count = 0
        while not over.is_set() and self.steps.host.alive():
            try:
                run = self.create()
                count += 1
                if run and count % 3 == 0:
                    self.watch(run)
                if run and count % 5 == 0:
                    self.door.send("POST", "/api/runs/%s/cancel" % run, "{}")
            except NO_ANSWER:
                continue
            except Exception as why:    # else nobody would hear of it
                self.problems.append(repr(why))
                return
            while count % 16 == 0 and not over.is_set() and \
                    self.steps.host.alive() and not self.ended(run):
                time.sleep(0.005)

    def ended(self, run):
        try:
            reply = self.door.send("GET", "/api/runs/%s" % run)
        except NO_ANSWER:
            return False
        return reply.json["status"] not in ("PENDING", "RUNNING")

    def watch(self, run):
        try:
            Stream(self.door, run, None, self.steps.record.see)
        except (Failure,) + NO_ANSWER:
            pass
