"""
A scenario on its way: its variables, its host, the flow of its lines.  The
steps are methods do_WORD here and in the mixins; each takes the rest of its
line and raises Failure when something isn't as it was written.
"""
import os
import re
import shlex
import threading

from . import record as ledger
from .ask import Ask
from .cable import Cabled
from .expect import Expect
from .host import Host
from .machine import SHIPPED, WITHIN_S, Machine
from .runtime import Runtime
from .text import ABSENT, Failure, show, spell, value_of
from .watch import Watch

# Words whose lines have a block under them.
WITH_BLOCK = ("for", "fails", "sh", "write", "meanwhile", "plugin")


class Steps(Machine, Runtime, Cabled, Ask, Watch, Expect):
    def __init__(self, env, folder, slack):
        self.env = env
        self.tmp = folder
        self.slack = slack
        self.variables = {
            "tmp": folder, "data": os.path.join(folder, "data"),
            "plugins": os.path.join(folder, "plugins"),
            "log": os.path.join(folder, "host.log"),
            "runhost": env["RUNHOST"], "top": env["TOP_SRCDIR"],
            "build": env["TOP_BUILDDIR"],
        }
        self.host = Host(env["RUNHOST"], self.variables["data"],
                         self.variables["log"], slack)
        self.record = ledger.Record()
        self.who = "admin"
        self.tokens = {}        # name → token
        self.headers = {}       # for the next request only
        self.fault = None       # for the next start only
        self.reply = None       # of the last request
        self.json = ABSENT      # of the last request or command
        self.done = None        # the last process: code, out, err
        self.streams = {}
        self.background = {}
        self.agents = {}        # runtimes elsewhere, by name
        self.cable = None       # between the host and them
        self.own = set()        # pids that are the scenario's, not the host's
        os.mkdir(self.variables["plugins"])
        self.copy_plugins(SHIPPED)

    def perform(self, lines):
        for line in lines:
            try:
                self.step(line)
            except Failure as why:
                if not hasattr(why, "number"):
                    why.number, why.line = line.number, line.text
                raise

    def step(self, line):
        word, _, rest = line.text.partition(" ")
        method = getattr(self, "do_" + word, None)
        if method is None:
            raise Failure("\"%s\" is no step" % word)
        if word in WITH_BLOCK:
            method(rest.strip(), line)
        elif line.block:
            raise Failure("\"%s\" takes no block" % word)
        else:
            method(rest.strip())

    def spell(self, text):
        return spell(text, self.variables)

    def do_for(self, rest, line):
        match = re.fullmatch(r"\$(\w+) in (.+)", rest)
        if not match:
            raise Failure("for takes: for $NAME in VALUES")
        if match.group(2) == "fault points":
            values = self.fault_points()
        elif re.fullmatch(r"\$\w+|\[.*\]", match.group(2)):
            values = value_of(match.group(2), self.variables)
        else:
            values = shlex.split(self.spell(match.group(2)))
        if not isinstance(values, list) or not values:
            raise Failure("nothing to go through in %s" % match.group(2))
        for value in values:
            self.variables[match.group(1)] = value
            try:
                self.perform(line.lines())
            except Failure as why:
                why.args = ("with $%s = %s: %s" % (match.group(1),
                            show(value), why.args[0]),)
                raise

    def do_fails(self, rest, line):
        """The block must fail, with a text in its reason if one is given."""
        try:
            self.perform(line.lines())
        except Failure as why:
            if self.spell(rest) not in str(why):
                raise Failure("the block failed otherwise: %s" % why) from why
            return
        raise Failure("the block should have failed")

    def do_meanwhile(self, rest, line):
        """A block beside what follows; "wait meanwhile" joins it."""
        beside = Beside(self)

        def work():
            try:
                beside.perform(line.lines())
            except Failure as why:
                beside.failure = why
        thread = threading.Thread(target=work, daemon=True)
        beside.thread = thread
        self.background[rest or "meanwhile"] = beside
        thread.start()

    def fault_points(self):
        path = os.path.join(self.env["TOP_SRCDIR"], "host/base/fault.c")
        with open(path) as source:
            table = re.search(r"fault_table\[\] = \{(.*?)\};", source.read(),
                              re.S)
        names = re.findall(r"\"([\w.]+)\"", table.group(1))
        # Those of an upgrade have a test of their own.
        return [name for name in names if not name.startswith("upgrade.")]

    def within(self, text, otherwise=WITHIN_S):
        """("rest", seconds) of "rest within N"."""
        match = re.fullmatch(r"(.*?)\s*\bwithin ([\d.]+)( s)?", text)
        if match:
            return match.group(1), float(match.group(2)) * self.slack
        return text, otherwise * self.slack

    def wait_meanwhile(self, what, seconds):
        beside = self.background.pop(what or "meanwhile")
        beside.thread.join(seconds)
        if beside.thread.is_alive():
            raise Failure("what went on meanwhile hasn't ended")
        if beside.failure:
            raise beside.failure

    def close(self):
        if self.cable:
            self.cable.close()
        for stream in self.streams.values():
            stream.close()


class Beside(Steps):
    """The steps of a meanwhile block: the same host, answers of its own."""

    def __init__(self, parent):     # pylint: disable=super-init-not-called
        self.__dict__.update(parent.__dict__)
        self.headers = {}
        self.failure = None
