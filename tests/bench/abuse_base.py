"""
A host that is abused, the programs that do it, and the table of what came of
it.
"""
import contextlib
import json
import os
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time

from scn.door import NO_ANSWER, Door
from scn.host import Host, wait_until
from scn.text import Failure

PATIENCE_S = 60
MIB = 1 << 20


class Rows:
    """What was measured: case, what, value, bound, verdict."""

    def __init__(self, short):
        self.short = short
        self.case = None
        self.rows = []

    def add(self, what, value, bound, verdict):
        row = (self.case, what, str(value), bound, verdict)
        self.rows.append(row)
        print("# %-8s %-52s %s %s %s" % (self.case, what, value, bound,
                                         verdict), file=sys.stderr)

    def show(self, what, value):
        self.add(what, value, "", "")

    def check(self, what, value, bound, held):
        """What must hold wherever it is measured."""
        self.add(what, value, bound, "held" if held else "BROKEN")

    def time(self, what, value, bound, held):
        """What depends on the machine: shown only in the short form."""
        if self.short:
            self.add(what, value, "", "")
        else:
            self.add(what, value, bound, "held" if held else "MISSED")

    def most(self, what, value, bound, unit="", check=None):
        (check or self.check)(what, "%s%s" % (figure(value), unit),
                              "<= %s%s" % (figure(bound), unit),
                              value <= bound)

    def all_of(self, what, value, whole):
        self.check(what, figure(value), "= %s" % figure(whole),
                   value == whole)

    def failed(self, case):
        wrong = ("BROKEN",) if self.short else ("BROKEN", "MISSED")
        return [row for row in self.rows
                if row[0] == case and row[4] in wrong]

    def table(self):
        head = ("case", "what was measured", "value", "bound", "verdict")
        widths = [max(len(row[i]) for row in [head] + self.rows)
                  for i in range(5)]
        lines, before = [], None
        for row in [head] + self.rows:
            first = "" if row[0] == before else row[0]
            before = row[0]
            lines.append("  ".join([
                first.ljust(widths[0]), row[1].ljust(widths[1]),
                row[2].rjust(widths[2]), row[3].ljust(widths[3]),
                row[4]]).rstrip())
        return "\n".join(lines)


def figure(value):
    if isinstance(value, float):
        return "%.2f" % value if value < 10 else "{:,.1f}".format(value)
    return "{:,}".format(value)


class Clients:
    """A running tests/bench/abuse; its lines are dicts of numbers."""

    def __init__(self, words, helpers):
        self.helpers = helpers
        self.process = subprocess.Popen(words, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True)
        helpers.add(self.process.pid)

    def line(self):
        text = self.process.stdout.readline()
        if not text:
            raise Failure("clients: " + self.process.stderr.read().strip())
        return {name: float(value) for name, _, value in
                (word.partition("=") for word in text.split()[1:])
                if value.replace(".", "").isdigit()}

    def check(self):
        """Fails when they have ended by themselves."""
        if self.process.poll() is not None:
            self.line()

    def end(self):
        """The last line, after standard input was closed."""
        self.process.stdin.close()
        try:
            return self.line()
        finally:
            self.close()

    def close(self):
        with contextlib.suppress(OSError):
            self.process.stdin.close()
        if self.process.poll() is None and sys.exc_info()[0] is not None:
            self.process.kill()
        self.process.wait()
        self.helpers.discard(self.process.pid)
        self.process.stdout.close()
        self.process.stderr.close()


class Served:
    """One host with its data directory, started and killed as one likes."""

    def __init__(self, bench, name, settings):
        self.bench = bench
        self.data = os.path.join(bench.folder, name)
        self.host = Host(bench.binary, self.data,
                         os.path.join(bench.folder, name + ".log"),
                         bench.slack)
        self.tokens = {}
        self.settings = settings
        self.begun = 0
        self.start()
        self.tokens["admin"] = os.path.join(self.data, "admin.token")
        self.make_token("bench", "operator")
        self.make_token("nobody", "monitor")

    # --- life ---

    def start(self, **settings):
        words = []
        for name, value in {**self.settings, **settings}.items():
            words += ["--set", "%s=%s" % (name.replace("__", "."), value)]
        self.begun = time.monotonic()
        self.host.start(self.bench.plugins, words, None)
        wait_until(PATIENCE_S * self.bench.slack, "the host's doors",
                   lambda: self.host.listening() or not self.host.alive())
        self.doors_s = time.monotonic() - self.begun
        wait_until(PATIENCE_S * self.bench.slack, "the host is ready",
                   self.ready)
        self.ready_s = time.monotonic() - self.begun

    def ready(self):
        if not self.host.alive():
            raise Failure("the host ended with %s\n%s" %
                          (self.host.code(), self.host.log_tail()))
        return Door(self.host.port).send("GET", "/ready").status == 200

    def kill(self):
        self.host.signal(signal.SIGKILL)
        self.host.wait_exit(20 * self.bench.slack)
        self.host.expect_no_orphans(self.bench.helpers)

    def stop(self):
        self.host.signal(signal.SIGTERM)
        code = self.host.wait_exit(60 * self.bench.slack)
        if code != 0:
            raise Failure("the host ended with %s\n%s" %
                          (code, self.host.log_tail()))
        self.host.expect_no_orphans(self.bench.helpers)
        if self.host.sanitizer_words():
            raise Failure(self.host.sanitizer_words())

    # --- who asks ---

    def door(self, who="bench"):
        with open(self.tokens[who]) as file:
            return Door(self.host.port, token=file.read().strip())

    def make_token(self, name, role):
        made = self.door("admin").action("token_create", {
            "principal": "user:" + name, "role": role})
        path = self.data + "." + name
        with open(path, "w") as file:
            file.write(made["token"] + "\n")
        self.tokens[name] = path

    def get(self, path, who="bench"):
        reply = self.door(who).send("GET", path)
        if reply.status != 200:
            raise Failure("GET %s: %d %s" % (path, reply.status, reply.text))
        return reply.json

    def clients(self, mode, who="bench", **options):
        words = [self.bench.client, "-p", str(self.host.port), "-T",
                 self.tokens[who], "-m", mode]
        for name, value in options.items():
            words += ["-" + name, str(value)]
        return Clients(words, self.bench.helpers)

    def measure(self, mode, who="bench", **options):
        clients = self.clients(mode, who, **options)
        try:
            return clients.line()
        finally:
            clients.close()

    @contextlib.contextmanager
    def beside(self, mode, who="bench", **options):
        """Clients that go on while the block is carried out."""
        clients = self.clients(mode, who, **options)
        try:
            yield clients
        finally:
            clients.close()

    def served(self):
        """Whether a new client of the TCP door gets an answer now."""
        try:
            return Door(self.host.port).send("GET", "/ok").status == 200
        except NO_ANSWER:
            return False

    def execute(self, command, **metadata):
        body = {"session_id": "s", "command": command, "metadata": metadata}
        reply = self.door().send("POST", "/api/extensions/execute",
                                 json.dumps(body))
        if reply.status != 200:
            raise Failure("%s: %d %s" % (command, reply.status, reply.text))
        return reply.json["run_id"]

    def counts(self):
        return self.door().action("run_counts", {})["by_status"]

    def made(self):
        """Runs that were ever made."""
        return self.door().action("run_counts", {})["total_runs"]

    @staticmethod
    def timed(function):
        began = time.monotonic()
        function()
        return (time.monotonic() - began) * 1e3

    # --- what it takes ---

    def rss_mib(self):
        with open("/proc/%d/status" % self.host.process.pid) as status:
            for line in status:
                if line.startswith("VmRSS:"):
                    return int(line.split()[1]) / 1024
        return 0

    def fds(self):
        return len(os.listdir("/proc/%d/fd" % self.host.process.pid))

    def connections(self):
        """The host's ends of TCP connections, but those that wait to end."""
        number = 0
        with open("/proc/%d/net/tcp" % self.host.process.pid) as table:
            for line in list(table)[1:]:
                words = line.split()
                number += int(words[1].split(":")[1], 16) == \
                    self.host.port and words[3] not in ("0A", "06") and \
                    words[9] != "0"
        return number

    def wal_mib(self):
        try:
            return os.stat(self.data + "/runhost.db-wal").st_size / MIB
        except OSError:
            return 0

    def wal_turn(self):
        """The WAL's own number of how often it has started over."""
        with open(self.data + "/runhost.db-wal", "rb") as wal:
            return int.from_bytes(wal.read(16)[12:16], "big")

    def disk_mib(self):
        return sum(os.stat(os.path.join(self.data, name)).st_size
                   for name in os.listdir(self.data)
                   if name.startswith("runhost.db")) / MIB

    # --- the ledger, past the host ---

    def query(self, sql, *values):
        db = sqlite3.connect(self.data + "/runhost.db", timeout=30)
        try:
            db.execute("PRAGMA query_only=ON")
            db.create_function("unhex_run", 1, unhex_run)
            return db.execute(sql, values).fetchall()
        finally:
            db.close()

    def cli(self, *words):
        return subprocess.run([self.bench.binary] + list(words),
                              stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, check=False,
                              env=Host.environment())

    def verify(self):
        """Whether the audit log is whole, to the last head."""
        done = self.cli("audit", "verify", "--data", self.data)
        if done.returncode != 0:
            print("# " + done.stdout.decode(errors="replace"),
                  file=sys.stderr)
        return done.returncode == 0


def unhex_run(text):
    return bytes.fromhex(text[4:]) if text.startswith("run_") else None


class Most(threading.Thread):
    """The largest value of what is looked at, several times a second."""

    def __init__(self, look, pause_s=0.05):
        super().__init__(daemon=True)
        self.look = look
        self.pause_s = pause_s
        self.most = look()
        self.over = threading.Event()

    def run(self):
        while not self.over.wait(self.pause_s):
            self.most = max(self.most, self.look())

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *why):
        self.over.set()
        self.join()


class Bench:
    def __init__(self, options, top, build, folder, slack):
        self.top = top
        self.short = options.short
        self.minutes = options.minutes
        self.folder = folder
        self.slack = slack
        self.binary = os.environ.get("RUNHOST") or \
            os.path.join(build, "runhost")
        self.client = os.path.join(build, "tests/bench/abuse")
        self.plugins = os.path.join(folder, "plugins")
        self.rows = Rows(self.short)
        self.hosts = []
        self.helpers = set()    # pids of children that are no host's
        os.mkdir(self.plugins)
        for name in ("runner_mock", "runner_echo"):
            shutil.copy(os.path.join(build, ".libs", name + ".so"),
                        self.plugins)

    def pick(self, short, long):
        return short if self.short else long

    @contextlib.contextmanager
    def host(self, **settings):
        settings.setdefault("run__drain_s", 1)
        settings.setdefault("quota__stored_bytes", 0)
        served = Served(self, "data%d" % len(self.hosts), settings)
        self.hosts.append(served)
        yield served
        served.stop()
        if not served.verify():
            raise Failure("the audit log doesn't verify")
        shutil.rmtree(served.data)

    def memory(self, mib):
        """A bound; a sanitizer keeps what was freed for a while."""
        return mib if self.slack == 1 else mib + 512

    def kill_all(self):
        for served in self.hosts:
            served.host.kill_everything()
        self.helpers.clear()


def files_limit():
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]
