"""
Steps about processes: the host of the scenario, its plugins, commands.
"""
import json
import os
import re
import shlex
import shutil
import signal
import subprocess

from .door import NO_ANSWER
from .host import Host, wait_until
from .text import ABSENT, Failure, show

WITHIN_S = 20
SHIPPED = ("runner_mock", "runner_echo", "runner_exec", "action_hello")


class Machine:
    # --- the host ---

    def copy_plugins(self, names):
        for name in names:
            shutil.copy(os.path.join(self.env["TOP_BUILDDIR"], ".libs",
                                     name + ".so"), self.variables["plugins"])

    def do_start(self, rest):
        """start [OPTION...]; start, which may fail [OPTION...]"""
        may_die = rest.startswith("or die")
        if may_die:
            rest = rest[len("or die"):]
        fault, self.fault = self.fault, None
        self.host.start(self.variables["plugins"],
                        shlex.split(self.spell(rest)), fault)
        if not self.host.wait_listening(may_die):
            self.ended()
            return
        if self.host.port:
            self.variables["url"] = "http://127.0.0.1:%d" % self.host.port
            self.variables["port"] = self.host.port
        try:
            wait_until(20 * self.slack, "the host is ready",
                       lambda: self.ready() or
                       (may_die and not self.host.alive()))
        except Failure as why:
            raise Failure("%s\n%s" % (why, self.host.log_tail())) from None
        if not self.host.alive():
            self.ended()

    def ready(self):
        if not self.host.alive():
            return False
        try:
            return self.door("nobody").send("GET", "/ready").status == 200
        except NO_ANSWER:
            return False

    def ended(self):
        """The host is down; so must be all that it had started."""
        self.host.expect_no_orphans(self.own_processes())

    def own_processes(self):
        return set(self.own)

    def do_stop(self, rest):
        """SIGTERM; the host, or runtime NAME, must end with 0."""
        if rest.startswith("runtime "):
            self.stop_runtime(self.spell(rest[len("runtime "):]))
            return
        if rest not in ("", "host"):
            raise Failure("stop takes nothing")
        self.host.signal(signal.SIGTERM)
        code = self.host.wait_exit(25 * self.slack)
        if code != 0:
            raise Failure("the host ended with %s\n%s" %
                          (code, self.host.log_tail()))
        self.ended()

    def do_kill(self, rest):
        """kill -9 host; kill -TERM host; kill -9 a worker [of NAME]"""
        match = re.fullmatch(r"-(\w+) (host|a worker|runtime \w+|"
                             r"a worker of \w+)", rest)
        if not match:
            raise Failure("kill takes: kill -SIGNAL host|a worker [of NAME]|"
                          "runtime NAME")
        name = match.group(1)
        number = int(name) if name.isdigit() else \
            getattr(signal, "SIG" + name)
        what, _, name_of = match.group(2).rpartition(" ")
        if match.group(2) == "a worker":
            os.kill(self.a_worker(), number)
            return
        if what == "a worker of":
            os.kill(self.agent_worker(name_of), number)
            return
        if what == "runtime":
            self.kill_runtime(number, name_of)
            return
        self.host.signal(number)
        if number == signal.SIGKILL:
            self.host.wait_exit(WITHIN_S)
            self.ended()

    def a_worker(self):
        workers = self.workers()
        if not workers:
            raise Failure("the host has no worker")
        return workers[-1]

    def do_fault(self, rest):
        """fault NAME:NTH:kill, for the next start"""
        self.fault = self.spell(rest)

    def do_lacking(self, rest):
        """lacking WORDS: the next starts are on such a kernel; deny.h"""
        deny = os.path.join(self.env["TOP_BUILDDIR"], "tests/unit/deny")
        self.host.lacking = [deny, rest] if rest else []

    def do_serve(self, rest):
        """A serve that is to end by itself, as with a wrong option."""
        fault, self.fault = self.fault, None
        arguments = self.host.arguments(self.variables["plugins"],
                                        shlex.split(self.spell(rest)))
        self.run_process(arguments, self.host.environment(fault))

    def do_plugins(self, rest):
        """Which of the shipped plugins the next start finds."""
        for name in SHIPPED:
            path = os.path.join(self.variables["plugins"], name + ".so")
            if os.path.exists(path):
                os.unlink(path)
        self.copy_plugins(shlex.split(rest))

    def do_plugin(self, rest, line):
        """plugin FILE, with its source in C as the block, or of plugins/"""
        source = os.path.join(self.tmp, rest + ".c")
        if not line.block:
            source = os.path.join(self.env["TOP_SRCDIR"],
                                  "tests/scenario/plugins", rest + ".c")
        else:
            with open(source, "w") as file:
                file.write(line.block_text())
        self.run_process(
            shlex.split(os.environ.get("CC", "cc")) +
            ["-shared", "-fPIC", "-fvisibility=hidden", "-pthread", "-Wall",
             "-D_GNU_SOURCE", "-I", os.path.join(self.env["TOP_SRCDIR"], "sdk"),
             "-o", os.path.join(self.variables["plugins"], rest + ".so"),
             source], self.process_env())
        if self.done[0] != 0:
            raise Failure("cc ended with %d\n%s%s" % self.done)

    def do_sign(self, rest):
        """sign FILE…: files of $plugins, before the host reads them; with
        the scenario's own key"""
        key = os.path.join(self.tmp, "signing.key")
        if not os.path.exists(key):
            self.run_tool("key", "generate", key)
        for name in shlex.split(self.spell(rest)):
            path = os.path.join(self.variables["plugins"], name + ".so")
            self.run_tool("plugin", "sign", path, "--key", key)

    def run_tool(self, *words):
        self.run_process([self.env["RUNHOST"], *words], self.process_env())
        if self.done[0] != 0:
            raise Failure("runhost %s ended with %d\n%s%s" %
                          (" ".join(words), *self.done))

    def do_trust(self, rest):
        """trust ID: all that a signed plugin needs to run in the host"""
        name = self.spell(rest)
        with open(os.path.join(self.tmp, "signing.key.pub")) as file:
            key = file.read()
        admin = self.door("admin")
        self.variables["key"] = admin.action(
            "key_trust", {"public_key": key, "label": "scenario"})["key_id"]
        self.variables["inprocess"] = admin.action(
            "grant_add", {"grantee": "plugin:" + name,
                          "permission": "host.inprocess"})["grant_id"]
        admin.action("plugin_trust", {"id": name})

    def do_fresh(self, rest):
        """fresh data: as if there had never been a host."""
        if rest != "data" or self.host.alive():
            raise Failure("fresh data is for a host that is down")
        for path in (self.variables["data"], self.variables["data"] +
                     ".anchor"):
            if os.path.isdir(path):
                shutil.rmtree(path)
            elif os.path.exists(path):
                os.unlink(path)
        self.tokens.clear()
        self.record.clear()

    # --- processes ---

    def run_process(self, arguments, env, stdin=subprocess.DEVNULL,
                    cwd=None, seconds=60):
        process = subprocess.Popen(
            arguments, stdin=stdin, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, env=env, cwd=cwd or self.tmp)
        self.own.add(process.pid)
        try:
            out, err = process.communicate(timeout=seconds * self.slack)
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
            raise Failure("%s: still running after %g s\n%s%s" %
                          (" ".join(arguments[1:]), seconds,
                           out.decode(errors="replace"),
                           err.decode(errors="replace"))) from None
        finally:
            self.own.discard(process.pid)
        self.done = (process.returncode, out.decode(errors="replace"),
                     err.decode(errors="replace"))
        try:
            self.json = json.loads(self.done[1])
        except ValueError:
            self.json = ABSENT

    def process_env(self):
        env = Host.environment()
        env.update(HOME=self.tmp, CC=os.environ.get("CC", "cc"),
                   TOP_SRCDIR=self.env["TOP_SRCDIR"],
                   TOP_BUILDDIR=self.env["TOP_BUILDDIR"])
        for name, value in self.variables.items():
            env.setdefault(name, show(value))
        return env

    def cli_env(self):
        """local finds the host by its directory, others by its address."""
        env = Host.environment()
        env["HOME"] = self.tmp
        if self.who == "local":
            env["RUNHOST_DATA"] = self.variables["data"]
            return env
        env["RUNHOST_URL"] = "http://127.0.0.1:%s" % self.host.port
        token = self.token(self.who)
        if token is not None:
            path = os.path.join(self.tmp, "token." + self.who)
            with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC,
                              0o600), "w") as file:
                file.write(token + "\n")
            env["RUNHOST_TOKEN_FILE"] = path
        return env

    def do_cli(self, rest):
        """cli WORDS…: the command line, as who is asking"""
        words = shlex.split(self.spell(rest))
        self.run_process([self.env["RUNHOST"]] + words, self.cli_env())

    def do_sh(self, rest, line):
        """sh COMMAND, or a block; the variables are in the environment"""
        self.run_process(["sh", "-euc", rest or line.block_text()],
                         self.process_env())
        if self.done[0] != 0:
            raise Failure("sh ended with %d\n%s%s" % self.done)

    def do_write(self, rest, line):
        """write FILE [MODE], with the text as its block"""
        path, *mode = shlex.split(self.spell(rest))
        with open(path, "w") as file:
            file.write(line.block_text())
        os.chmod(path, int(mode[0], 8) if mode else 0o644)
