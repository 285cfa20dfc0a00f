"""
Steps about runtimes elsewhere: processes of "runhost runtime start" beside
the scenario's host, each as a user of it.
"""
import os
import re
import shlex
import signal
import subprocess

from . import record as ledger
from .host import Host, wait_until, workers_of
from .text import Failure, spell

READY_S = 20


class Agent:
    """One of them, with its log."""

    def __init__(self, name, folder):
        self.name = name
        self.log_path = os.path.join(folder, "runtime.%s.log" % name)
        self.out_path = self.log_path + ".out"
        self.process = None
        self.stopped = False

    def start(self, arguments, prefix):
        with open(self.out_path, "wb") as out, \
                open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                prefix + arguments, stdin=subprocess.DEVNULL, stdout=out,
                stderr=log, env=Host.environment(), start_new_session=True)

    def alive(self):
        return self.process is not None and self.process.poll() is None

    def ready(self):
        with open(self.out_path, errors="replace") as out:
            return out.read().endswith(" takes runs\n")

    def log_text(self):
        with open(self.log_path, errors="replace") as log:
            return log.read()

    def tail(self):
        return "\n".join(self.log_text().splitlines()[-15:])


class Runtime:
    def do_runtime(self, rest):
        """runtime NAME [OPTION...]: as the user NAME; goes on when ready"""
        name, *options = shlex.split(self.spell(rest))
        agent = self.agents.setdefault(name, Agent(name, self.tmp))
        if agent.alive():
            raise Failure("runtime %s is running already" % name)
        agent.start(self.agent_arguments(name, options),
                    self.cable.prefix("runtime") if self.cable else [])
        self.own.add(agent.process.pid)
        self.wait_ready(agent)

    def agent_arguments(self, name, options):
        path = os.path.join(self.tmp, "runtime.%s.token" % name)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC,
                          0o600), "w") as file:
            file.write(self.token(name) + "\n")
        words = [self.env["RUNHOST"], "runtime", "start", "--id", name,
                 "--token-file", path]
        if "--url" not in options:
            words += ["--url", "http://%s:%d" % (self.host.address,
                                         self.host.port)]
        if "--plugins" not in options:
            words += ["--plugins", self.variables["plugins"]]
        return words + options

    def wait_ready(self, agent):
        wait_until(READY_S * self.slack, "runtime %s is ready" % agent.name,
                   lambda: agent.ready() or not agent.alive())
        if not agent.alive():
            raise Failure("runtime %s ended with %s\n%s" % (
                agent.name, agent.process.poll(), agent.tail()))

    def agent_of(self, name):
        if name not in self.agents:
            raise Failure("no runtime is called \"%s\"" % name)
        return self.agents[name]

    def stop_runtime(self, name):
        """SIGTERM; must end with 0, and leave nothing."""
        agent = self.agent_of(name)
        agent.process.send_signal(signal.SIGTERM)
        self.agent_ended(agent, 25, 0)

    def kill_runtime(self, number, name):
        agent = self.agent_of(name)
        agent.process.send_signal(number)
        if number == signal.SIGKILL:
            self.agent_ended(agent, 5, -9)

    def agent_ended(self, agent, seconds, wanted):
        wait_until(seconds * self.slack, "runtime %s ends" % agent.name,
                   lambda: not agent.alive())
        self.own.discard(agent.process.pid)
        code = agent.process.poll()
        if code != wanted:
            raise Failure("runtime %s ended with %s\n%s" % (
                agent.name, code, agent.tail()))
        self.host.expect_no_orphans(self.own_processes())

    def stop_runtimes(self):
        for name, agent in self.agents.items():
            if agent.alive():
                self.stop_runtime(name)
            words = re.search(Host.SANITIZER, agent.log_text(), re.M)
            if words:
                raise Failure(words.group(0))

    def agents_tail(self):
        return "".join("\nthe log of runtime %s ends:\n%s" % (
            name, agent.tail()) for name, agent in self.agents.items())

    def agent_worker(self, name):
        """The newest of its workers."""
        found = workers_of(self.agent_of(name).process.pid)
        if not found:
            raise Failure("runtime %s has no worker" % name)
        return found[-1]

    def wait_runtime(self, what, seconds):
        """wait runtime NAME log CONDITION TEXT"""
        match = re.fullmatch(r"(\w+) log contains (.+)", what)
        if not match:
            raise Failure("wait runtime takes: NAME log contains TEXT")
        agent = self.agent_of(match.group(1))
        wait_until(seconds, "the log of %s" % what, lambda:
                   self.spell(match.group(2)) in agent.log_text())

    # --- what counters say ---

    def counted(self, run):
        """The numbers of each attempt; fails when one is not 1, 2, 3 …"""
        parts = []
        for event in ledger.events_of(self.door("admin"), run):
            if event["event_type"] != "count":
                continue
            n = event["payload"]["n"]
            if n == 1:
                parts.append(0)
            if not parts or n != parts[-1] + 1:
                raise Failure("run %s: %d stands behind %s" % (
                    run, n, parts[-1] if parts else "nothing"))
            parts[-1] = n
        return parts

    def expect_counted(self, runs, to, attempts):
        """Each run ended once, its last attempt said all, each number once."""
        runs = self.variables[runs[1:]] if isinstance(
            self.variables.get(runs[1:]), list) else \
            [spell(runs, self.variables)]
        for run in runs:
            row = self.door("admin").action("run_get", {"run_id": run})
            parts = self.counted(run)
            if row["status"] != "completed" or not parts or \
                    parts[-1] != int(to):
                raise Failure("run %s is %s (%s), its attempts came to %s" % (
                    run, row["status"], row["status_reason"], parts))
            if attempts and row["dispatch_attempts"] != int(attempts):
                raise Failure("run %s has %d attempts\nwanted: %s" % (
                    run, row["dispatch_attempts"], attempts))
            ended = self.rows("target=%s detail.status=completed" % run)
            if len(ended) != 1:
                raise Failure("%d rows say that run %s ended" % (
                    len(ended), run))
