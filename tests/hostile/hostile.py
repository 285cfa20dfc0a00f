#!/usr/bin/env python3
"""
Plays table.txt: each row is one attack by a real plugin on a real host.
After each, the host answers, a run beside it and one behind it complete, no
process and no descriptor is left, the audit log verifies, and the record
names the cause.  Prints TAP: a verdict a row, with what came of it.

	hostile.py [ROW...]
"""
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import traceback

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "lib")]

# The path of the modules needs the line above first.
from plays import Plays                         # noqa: E402
from scn.door import Door                       # noqa: E402
from scn.host import Host, become_subreaper, descendants, processes, \
    wait_until                                  # noqa: E402
from scn.text import Failure                    # noqa: E402

OPTIONS = ["--set", "worker.max=2", "--set", "run.drain_s=1",
           "--set", "run.grace_ms=500", "--set", "run.cancel_grace_ms=500",
           "--set", "run.messages_per_s=500000",
           "--set", "run.bytes_per_s=1073741824",
           "--set", "worker.start_timeout_ms=2000",
           "--set", "plugin.crash_limit=0"]
CANARY = "canary-of-the-hosts-environment"
CANARY_IN = "HOSTILE_CANARY=" + CANARY
END = ("SUCCEEDED", "FAILED", "TIMEOUT", "CANCELED")
OTHER_UID = 64123
# A sanitizer reports on what damaged code does, which is the plugin's.
RUNTIMES_OWN = ("personality", "end-thread", "memory", "mutated")
FDS_OF_WORKER = 5
SPARE_FDS = 6           # readers and timers that come when they are needed


class Row:
    def __init__(self, number, line):
        fields = [field.strip() for field in line.split(" | ")]
        if len(fields) != 5:
            raise SystemExit("table.txt: not five columns: %s" % line)
        self.number = number
        self.name, how, self.tries, states, self.cause = fields
        self.how, _, self.what = how.partition(" ")
        self.states = states.split("|")


def table():
    with open(os.path.join(HERE, "table.txt")) as file:
        lines = [line for line in file.read().splitlines()
                 if line and not line.startswith("#")]
    return [Row(n, line) for n, line in enumerate(lines, 1)]


class Hostile(Plays):
    def __init__(self, folder):
        self.folder = folder
        self.build = os.environ["TOP_BUILDDIR"]
        self.top = os.environ["TOP_SRCDIR"]
        self.slack = float(os.environ.get("SCENARIO_SLACK", "1"))
        self.data = os.path.join(folder, "data")
        self.plugins = os.path.join(folder, "plugins")
        self.own = os.path.join(folder, "own")
        for path in (self.plugins, self.own):
            os.mkdir(path, 0o755)
        # A worker has a uid of its own only if what it may write has one.
        if os.geteuid() == 0:
            os.chown(self.own, OTHER_UID, OTHER_UID)
        self.log = os.path.join(folder, "host.log")
        self.binary = os.environ["RUNHOST"]
        self.host = Host(self.binary, self.data, self.log, self.slack)
        self.host.environment = self.environment
        self.fds = None

    # --- putting it together ---

    def compile(self, source, out, *options):
        subprocess.run(
            [*shlex.split(os.environ.get("CC", "cc")), "-D_GNU_SOURCE",
             "-std=gnu11", "-O1", "-I" + os.path.join(self.top, "sdk"),
             *options, "-o", out, os.path.join(HERE, source)], check=True)

    def shared(self, source, name, *options):
        path = os.path.join(self.plugins, name + ".so")
        self.compile(source, path, "-shared", "-fPIC",
                     "-fvisibility=hidden", *options)
        return path

    def make_plugins(self, rows):
        for name in ("runner_mock", "runner_exec"):
            shutil.copy(os.path.join(self.build, ".libs", name + ".so"),
                        self.plugins)
        self.shared("hostile.c", "hostile")
        self.shared("escape.c", "escape")
        self.child = os.path.join(self.folder, "child")
        self.compile("child.c", self.child)
        for row in rows:
            if row.how == "load":
                self.shared("load.c", "load_" + row.what,
                            "-DHOW=" + row.what)

    @staticmethod
    def environment(fault=None):
        name, _, value = CANARY_IN.partition("=")
        return {**Host.environment(fault), name: value}

    def expect_canary(self):
        """What isn't in the host's environment can't be missed in a
        worker's."""
        path = "/proc/%d/environ" % self.host.process.pid
        try:
            with open(path, "rb") as file:
                has = CANARY_IN.encode() in file.read().split(b"\0")
        except PermissionError:
            # The host is nobody's to trace: only root may look.
            has = os.geteuid() != 0
        if not has:
            raise Failure("%s is without %s" % (path, CANARY_IN))

    def start(self):
        manifest = os.path.join(self.folder, "exec.conf")
        with open(os.path.join(HERE, "exec.conf")) as file:
            text = file.read().replace("CHILD", self.child)
        with open(manifest, "w") as file:
            file.write(text)
        config = os.path.join(self.folder, "runhost.conf")
        with open(config, "w") as file:
            file.write("[plugin.exec]\nmanifest = %s\n" % manifest)
        self.host.start(self.plugins, OPTIONS + ["--config", config], None)
        self.host.wait_listening(False)
        self.expect_canary()
        with open(os.path.join(self.data, "admin.token")) as file:
            self.door = Door(self.host.port, token=file.read().strip())
        self.wait_ready()
        # Where a row isn't about lacking a right, it has it.
        for who, what in (("escape", "fs.write:" + self.own),
                          ("exec", "fs.read:" + manifest),
                          ("exec", "proc.exec:" + self.child),
                          ("hostile", "hostile.again"),
                          ("hostile", "run_finalize")):
            self.grant(who, what)
        self.grant("hostile", "run_append_result", owner="*")
        self.warm_up()

    def grant(self, who, what, **more):
        self.door.action("grant_add", {"grantee": "plugin:" + who,
                                       "permission": what, **more})

    def wait_ready(self):
        wait_until(30 * self.slack, "the host is ready",
                   lambda: self.door.send("GET", "/ready").status == 200)

    def warm_up(self):
        """What is opened once and stays isn't taken for a leak."""
        for command in ("/mock hello", "/hostile good", "/escape way read /"):
            for _ in range(4):
                self.wait_end(self.execute(command, {"delay_ms": 0}))
        self.wait_quiet()
        self.fds = self.own_descriptors()

    def stop(self):
        self.host.signal(signal.SIGTERM)
        code = self.host.wait_exit(20 * self.slack)
        self.host.expect_no_orphans(())
        return code

    # --- asking the host ---

    def execute(self, command, metadata=None, timeout=30):
        body = {"session_id": "hostile", "command": command,
                "timeout_seconds": timeout}
        if metadata:
            body["metadata"] = metadata
        reply = self.door.send("POST", "/api/extensions/execute",
                               json.dumps(body))
        if reply.status not in (200, 202):
            raise Failure("%s: %d %s" % (command, reply.status, reply.text))
        return reply.json["run_id"]

    def run(self, run):
        return self.door.send("GET", "/api/runs/" + run).json

    def wait_end(self, run, seconds=60):
        wait_until(seconds * self.slack, "run %s ends" % run,
                   lambda: self.run(run)["status"] in END)
        return self.run(run)

    def plugin_of(self, file):
        for item in self.door.action("plugin_list", {})["items"]:
            if os.path.basename(item["file"]) == file:
                return item
        raise Failure("%s isn't in the list of plugins" % file)

    # --- nothing may be left ---

    def workers(self):
        text = self.door.send("GET", "/metrics").text
        return sum(int(n) for n in
                   re.findall(r"^runhost_workers\{.*\} (\d+)$", text, re.M))

    def own_descriptors(self):
        """Of the host, without those of its workers: the socket, its two
        outputs, the process and how it ended."""
        return len(os.listdir("/proc/%d/fd" % self.host.process.pid)) - \
            FDS_OF_WORKER * self.workers()

    def strangers(self):
        """Processes below the host that are no workers of its plugins."""
        below = descendants(self.host.process.pid)
        return {pid: what for pid, what in below.items()
                if not what[1].startswith("runhost")}

    def per_worker(self):
        """Processes of a worker: with a reaper in front there are two."""
        below = descendants(self.host.process.pid)
        # One more may have been made ahead of its plugin.
        return len(below) - 1 <= 2 * self.workers() + 2

    def wait_quiet(self):
        wait_until(10 * self.slack, "no process is left but workers",
                   lambda: not self.strangers() and self.per_worker())

    # A run of the same plugin that behaves; one of another.
    BEHIND = {"run": "/hostile good", "way": "/escape way read /"}

    def check_after(self, row, beside):
        if self.door.send("GET", "/ok").status != 200:
            raise Failure("the host doesn't answer")
        behind = self.BEHIND.get(row.how, "/mock hello")
        for run in (beside, self.execute(behind, {"delay_ms": 0})):
            record = self.wait_end(run)
            if record["status"] != "SUCCEEDED":
                raise Failure("a run beside it ended %s: %s" %
                              (record["status"], record["error"]))
        self.wait_quiet()
        wait_until(10 * self.slack, "descriptors are %d and a few" % self.fds,
                   lambda: self.own_descriptors() <= self.fds + SPARE_FDS)
        self.verify()

    def verify(self):
        done = subprocess.run([self.binary, "audit", "verify", "--data",
                               self.data], capture_output=True, text=True)
        if done.returncode != 0:
            raise Failure("audit verify: " + done.stdout + done.stderr)

    # --- the ways ---

    def aim(self, text):
        known = {"data": self.data, "parent": self.folder,
                 "own": self.own, "canary": CANARY,
                 "sock": os.path.join(self.data, "host.sock"),
                 "port": self.host.port, "anchor": self.data + ".anchor",
                 "pid": self.host.process.pid, "spawner": self.spawner()}
        for name, value in known.items():
            text = text.replace("{%s}" % name, str(value))
        return text

    def spawner(self):
        for pid, (parent, _, name) in processes().items():
            if parent == self.host.process.pid and "spawner" in name:
                return pid
        return 0

    def in_a_run(self, row, command):
        timeout = 2 if "TIMEOUT" in row.states else 30
        return self.outcome(self.wait_end(
            self.execute(command, None, timeout)))

    @staticmethod
    def outcome(record):
        """(state, what it came to) of a run's record."""
        return record["status"], (record["error"] or "") + \
            (record["stdout"] or "")

    def do_run(self, row, beside):
        return self.in_a_run(row, "/hostile " +
                             row.what.replace("RUN", beside))

    def do_way(self, row, _):
        return self.in_a_run(row, "/escape way " + self.aim(row.what))

    def do_child(self, row, _):
        return self.in_a_run(row, "/exec " + self.aim(row.what))

    def do_load(self, row, _):
        item = self.plugin_of("load_%s.so" % row.what)
        return item["state"], item["error"] or ""

    def do_grant(self, row, _):
        reply = self.door.send(
            "POST", "/api/actions/grant_add", json.dumps(
                {"grantee": "plugin:escape",
                 "permission": self.aim(row.what)}))
        return "granted" if reply.status == 200 else "refused", reply.text

    def do_play(self, row, _):
        return getattr(self, "play_" + row.what)()

    def perform(self, row):
        beside = self.execute("/mock hello", {"delay_ms": 20})
        state, words = getattr(self, "do_" + row.how)(row, beside)
        self.check_after(row, beside)
        line = "%s: %s" % (state, " ".join(words.split())[:160])
        if state not in row.states or not re.search(row.cause, words):
            raise Failure("came to %s; expected is %s with /%s/" %
                          (line, "|".join(row.states), row.cause))
        if "ESCAPED" in words:
            raise Failure(line)
        return line


def main():
    os.umask(0o022)
    become_subreaper()
    rows = table()
    wanted = set(sys.argv[1:])
    for name in wanted - {row.name for row in rows}:
        raise SystemExit("no row %s: see tests/hostile/table.txt" % name)
    print("1..%d" % (len(wanted) or len(rows)), flush=True)
    folder = tempfile.mkdtemp(prefix="runhost-hostile.")
    os.chmod(folder, 0o755)
    hostile = Hostile(folder)
    failed = 0
    try:
        hostile.make_plugins([row for row in rows
                              if not wanted or row.name in wanted])
        hostile.start()
        for row in rows:
            if wanted and row.name not in wanted:
                continue
            if "SANITIZED" in os.environ and row.name in RUNTIMES_OWN:
                print("ok %d - %s: # SKIP a sanitizer's runtime may do it" %
                      (row.number, row.name), flush=True)
                continue
            try:
                came_to, ok = hostile.perform(row), "ok"
            except Failure as why:
                came_to, ok, failed = str(why), "not ok", failed + 1
            print("%s %d - %s: %s" % (ok, row.number, row.name, row.tries))
            print("# " + "\n# ".join(came_to.splitlines()), flush=True)
        hostile.stop()
        if hostile.host.sanitizer_words():
            raise Failure(hostile.host.sanitizer_words())
    except Exception:
        traceback.print_exc(file=sys.stdout)
        print("Bail out! the host's log ends:\n# " +
              hostile.host.log_tail().replace("\n", "\n# "))
        failed += 1
    finally:
        hostile.host.kill_everything()
        shutil.rmtree(folder, ignore_errors=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
