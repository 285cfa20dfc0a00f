"""
One host process of a scenario, and the proof that nothing of it is left.
The runner is a child subreaper: whatever a dead host leaves behind becomes
a descendant of the runner, and is found there by walking /proc.
"""
import ctypes
import os
import re
import signal
import subprocess
import sys
import time

from .text import Failure

PR_SET_CHILD_SUBREAPER = 36
POLL_S = 0.01


def become_subreaper():
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")


def wait_until(seconds, what, condition):
    """What condition() answers once it is true; fails after the deadline."""
    deadline = time.monotonic() + seconds
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise Failure("%s: not within %g s" % (what, seconds))
        time.sleep(POLL_S)


def processes():
    """{pid: (parent, state, name)} of all that can be seen."""
    table = {}
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open("/proc/%s/stat" % name, "rb") as stat:
                text = stat.read().decode(errors="replace")
        except OSError:
            continue
        head, _, tail = text.rpartition(")")
        fields = tail.split()
        table[int(name)] = (int(fields[1]), fields[0], head.partition("(")[2])
    return table


def descendants(root, without=()):
    table = processes()
    found, todo = {}, [root]
    while todo:
        parent = todo.pop()
        for pid, (above, state, name) in table.items():
            if above == parent and pid not in without:
                found[pid] = (state, name)
                todo.append(pid)
    return found


def started(pid):
    """When a process was, in ticks, then by its number: those begin anew."""
    try:
        with open("/proc/%d/stat" % pid, "rb") as stat:
            return int(stat.read().rpartition(b")")[2].split()[19]), pid
    except OSError:
        return sys.maxsize, pid


def workers_of(host):
    """pids of its workers, the first made first.

    The first child is the spawner: it is made before all else.  A worker may
    stand behind its reaper, which is the child then.  One that is made ahead
    of need is nobody's yet.
    """
    table = processes()

    def children(parent):
        return sorted((pid for pid, (above, state, _) in table.items()
                       if above == parent and state != "Z"), key=started)
    found = []
    for pid in children(host)[1:]:
        behind = children(pid) if table[pid][2] == "runhost-reaper" else []
        found.append(behind[0] if behind else pid)
    return [pid for pid in found if table[pid][2] != "runhost-ahead"]


def reap_orphans(known):
    """Zombies that became children of the runner without being its own."""
    for pid, (above, state, _) in processes().items():
        if above == os.getpid() and state == "Z" and pid not in known:
            try:
                os.waitpid(pid, os.WNOHANG)
            except ChildProcessError:
                pass


class Host:
    """serve on one data directory; started, killed and started again."""

    def __init__(self, binary, data, log_path, slack):
        self.binary = binary
        self.data = data
        self.log_path = log_path
        self.out_path = log_path + ".out"
        self.slack = slack
        self.process = None
        self.port = None
        self.prefix = []        # of its command line
        self.lacking = []       # the same: what its kernel hasn't got
        self.address = "127.0.0.1"

    def lives_behind(self, prefix, address):
        """In another network: only its runtimes, and its socket, reach it."""
        self.prefix, self.address = prefix, address

    def arguments(self, plugins, options):
        defaults = {"--data": self.data, "--listen": self.address + ":0",
                    "--plugins": plugins}
        words = [self.binary, "serve"]
        for name, value in defaults.items():
            if name not in options:
                words += [name, value]
        words.append("--enable-found")
        if self.prefix:
            words.append("--insecure-listen")
        return words + options

    @staticmethod
    def environment(fault=None):
        keep = ("PATH", "TMPDIR", "LANG", "ASAN_OPTIONS", "UBSAN_OPTIONS",
                "TSAN_OPTIONS", "LSAN_OPTIONS", "LD_LIBRARY_PATH")
        env = {name: os.environ[name] for name in keep if name in os.environ}
        if fault:
            env["RUNHOST_FAULT"] = fault
        return env

    def start(self, plugins, options, fault):
        if self.alive():
            raise Failure("the host is running already")
        self.reap()
        with open(self.out_path, "wb") as out, \
                open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                self.prefix + self.lacking + self.arguments(plugins, options),
                stdin=subprocess.DEVNULL,
                stdout=out, stderr=log, env=self.environment(fault),
                start_new_session=True)
        self.port = None

    def listening(self):
        """Whether the doors are open; the Unix socket is said last."""
        with open(self.out_path, errors="replace") as out:
            text = out.read()
        if not re.search(r"^listening on /.*\n", text, re.M):
            return False
        match = re.search(r"^listening on http://.*:(\d+)$", text, re.M)
        self.port = int(match.group(1)) if match else 0
        return True

    def wait_listening(self, may_die):
        wait_until(20 * self.slack, "the host's doors are open",
                   lambda: self.listening() or not self.alive())
        if self.port is None and not may_die:
            raise Failure("the host ended with %s before its doors were "
                          "open\n%s" % (self.code(), self.log_tail()))
        return self.port is not None

    def alive(self):
        return self.process is not None and self.process.poll() is None

    def code(self):
        """Exit code; a signal's number negative."""
        return self.process.poll() if self.process else None

    def signal(self, number):
        if not self.alive():
            raise Failure("the host isn't running")
        self.process.send_signal(number)

    def wait_exit(self, seconds):
        if self.process is None:
            raise Failure("the host was never started")
        wait_until(seconds, "the host has ended", lambda: not self.alive())
        return self.code()

    def log_text(self):
        try:
            with open(self.log_path, errors="replace") as log:
                return log.read()
        except OSError:
            return ""

    SANITIZER = (r"^.*(?:ERROR: (?:Address|Leak)Sanitizer|"
                 r"WARNING: ThreadSanitizer|runtime error:).*$")

    def sanitizer_words(self):
        """The first line of a sanitizer's report, or None."""
        match = re.search(self.SANITIZER, self.log_text(), re.M)
        return match.group(0) if match else None

    def log_tail(self, lines=15):
        return "\n".join(self.log_text().splitlines()[-lines:])

    def others(self, known):
        """Descendants of the runner that aren't in the tree of one of these,
        nor in the running host's."""
        tree = set(known)
        if self.alive():
            tree.add(self.process.pid)
        return descendants(os.getpid(), tree)

    def expect_no_orphans(self, known):
        """After a host's end: all of its processes are gone."""
        def gone():
            reap_orphans(known)
            return not self.others(known)
        try:
            wait_until(5 * self.slack, "orphans are gone", gone)
        except Failure:
            raise Failure("the host ended, these processes didn't: %s" %
                          self.others(known)) from None

    def reap(self):
        if self.process is not None:
            self.process.poll()

    def kill_everything(self):
        """At the end of a scenario that failed: by pid, deepest or not."""
        if self.alive():
            self.process.kill()
            self.process.wait()
        for pid in descendants(os.getpid()):
            try:
                os.kill(pid, signal.SIGKILL)
            except OSError:
                pass
        reap_orphans(())
