"""
The steps of the language: one method a word.  Each takes the rest of its
line and raises Failure when something isn't as it was written.
"""
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import threading
import time

from . import record as ledger
from .door import NO_ANSWER, Door, Reply, Stream
from .expect import Expect
from .host import Host, wait_until
from .load import Load
from .text import (ABSENT, OPERATORS, Failure, check, cut, look, parse, show,
                   spell, value_of)

WITHIN_S = 20
SHIPPED = ("runner_mock", "runner_echo", "action_hello")


class Steps(Expect):
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
        self.own = set()        # pids that are the scenario's, not the host's
        os.mkdir(self.variables["plugins"])
        self.copy_plugins(SHIPPED)

    # --- running lines ---

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
        if word in ("for", "fails", "sh", "write", "meanwhile", "plugin"):
            method(rest.strip(), line)
        elif line.block:
            raise Failure("\"%s\" takes no block" % word)
        else:
            method(rest.strip())

    def spell(self, text):
        return spell(text, self.variables)

    def within(self, text, otherwise=WITHIN_S):
        """("rest", seconds) of "rest within N"."""
        match = re.fullmatch(r"(.*?)\s*\bwithin ([\d.]+)( s)?", text)
        if match:
            return match.group(1), float(match.group(2)) * self.slack
        return text, otherwise * self.slack

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
        return re.findall(r"\"([\w.]+)\"", table.group(1))

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
        """SIGTERM; the host must end with 0."""
        if rest not in ("", "host"):
            raise Failure("stop takes nothing")
        self.host.signal(signal.SIGTERM)
        code = self.host.wait_exit(25 * self.slack)
        if code != 0:
            raise Failure("the host ended with %s\n%s" %
                          (code, self.host.log_tail()))
        self.ended()

    def do_kill(self, rest):
        """kill -9 host; kill -TERM host; kill -9 a worker"""
        match = re.fullmatch(r"-(\w+) (host|a worker)", rest)
        if not match:
            raise Failure("kill takes: kill -SIGNAL host|a worker")
        name = match.group(1)
        number = int(name) if name.isdigit() else \
            getattr(signal, "SIG" + name)
        if match.group(2) == "a worker":
            os.kill(self.a_worker(), number)
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
        """plugin FILE, with its source in C as the block"""
        source = os.path.join(self.tmp, rest + ".c")
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

    # --- who ---

    def do_as(self, rest):
        if rest not in ("admin", "nobody", "local", "stranger") and \
                rest not in self.tokens:
            raise Failure("nobody is called \"%s\" yet" % rest)
        self.who = rest

    def token(self, who):
        if who in ("nobody", "local"):
            return None
        if who == "stranger":
            return "rh_" + "5a" * 32
        if who == "admin" and who not in self.tokens:
            path = os.path.join(self.variables["data"], "admin.token")
            with open(path) as file:
                return file.read().strip()
        return self.tokens[who]

    def door(self, who=None):
        who = who or self.who
        path = os.path.join(self.variables["data"], "host.sock")
        if who == "local" or self.host.port == 0:
            return Door(path=path, token=self.token(who))
        return Door(self.host.port, token=self.token(who))

    def do_user(self, rest):
        """user NAME [role=R] [expires_in_seconds=N]: makes it a token"""
        name, *options = shlex.split(self.spell(rest))
        body = {"principal": name if ":" in name else "user:" + name}
        body.update(self.options(options))
        made = self.door("admin").action("token_create", body)
        self.tokens[name] = made["token"]
        self.variables[re.sub(r"\W", "_", name) + "_token_id"] = \
            made["token_id"]

    @staticmethod
    def options(words):
        body = {}
        for word in words:
            name, equals, text = word.partition("=")
            if not equals:
                raise Failure("\"%s\" is not NAME=VALUE" % word)
            body[name] = int(text) if text.isdigit() else text
        return body

    def do_grant(self, rest):
        """grant NAME PERMISSION [owner=…] [expires_in_seconds=N] [-> $g]"""
        rest, into = self.arrow(rest)
        name, permission, *options = shlex.split(self.spell(rest))
        body = {"grantee": name if ":" in name else "user:" + name,
                "permission": permission}
        body.update(self.options(options))
        made = self.door("admin").action("grant_add", body)
        if into:
            self.variables[into] = made["grant_id"]

    def do_ungrant(self, rest):
        self.door("admin").action("grant_remove",
                                  {"grant_id": self.spell(rest)})

    # --- requests ---

    @staticmethod
    def arrow(text):
        """("rest", "name") of "rest -> $name"."""
        match = re.fullmatch(r"(.*?)\s*-> \$(\w+)", text, re.S)
        return (match.group(1), match.group(2)) if match else (text, None)

    def body(self, text):
        text = self.spell(text)
        if text.startswith("@"):
            with open(text[1:], "rb") as file:
                return file.read()
        return text

    def send(self, method, path, body=None):
        headers, self.headers = self.headers, {}
        try:
            self.reply = self.door().send(method, path, body, headers)
        except NO_ANSWER as why:
            self.reply = Reply(0, {}, b"")
            self.json = ABSENT
            raise Failure("%s %s: no answer: %r" % (method, path, why)) \
                from why
        self.json = self.reply.json

    def do_header(self, rest):
        name, _, value = self.spell(rest).partition(":")
        self.headers[name] = value.strip()

    def do_send(self, rest):
        """send METHOD PATH [BODY | @FILE]"""
        method, _, rest = rest.partition(" ")
        path, _, body = rest.partition(" ")
        self.send(method, self.spell(path), self.body(body) if body else None)

    def do_get(self, rest):
        """get PATH [until CONDITION [within N]]"""
        path, _, until = rest.partition(" until ")
        path = self.spell(path)
        if not until:
            self.send("GET", path)
            return
        self.until(until, lambda: self.send("GET", path))

    def until(self, text, ask):
        text, seconds = self.within(text)
        what, _, condition = text.partition(" ")

        last = []

        def once():
            ask()
            try:
                check(what, self.value(what), condition, self.variables)
            except Failure as why:
                last[:] = [str(why)]
                return False
            last.clear()
            return True
        try:
            wait_until(seconds, text, once)
        except Failure as why:
            if not last:        # the asking itself failed
                raise
            raise Failure("%s\n%s\n%s" % (why, last[0],
                                          cut(self.reply.text))) from None

    def value(self, what):
        """.path of the last JSON, $name, $name.path, status, exit…"""
        match = re.fullmatch(r"\$(\w+)(.*)", what)
        if match:
            if match.group(1) not in self.variables:
                raise Failure("there is no $%s" % match.group(1))
            return look(self.variables[match.group(1)], match.group(2))
        if what.startswith(".") or what.startswith("["):
            if self.json is ABSENT:
                raise Failure("the last answer isn't JSON: %s" %
                              (cut(self.reply.text) if self.reply else ""))
            return look(self.json, "" if what == "." else what)
        raise Failure("\"%s\" is nothing that has a value" % what)

    def do_post(self, rest):
        path, _, body = rest.partition(" ")
        self.send("POST", self.spell(path), self.body(body) if body else None)

    def do_do(self, rest):
        """do ACTION [JSON] [until CONDITION] [-> $name]: any action"""
        rest, into = self.arrow(rest)
        rest, _, until = rest.partition(" until ")
        name, _, body = rest.partition(" ")
        name, body = self.spell(name), self.body(body or "{}")
        path = "/api/actions/" + name
        if until:
            self.until(until, lambda: self.send("POST", path, body))
        else:
            self.send("POST", path, body)
        if name == "run_create" and self.reply.status == 200:
            self.record.acknowledge(self.json["run_id"])
        if into:
            self.variables[into] = self.json

    def do_execute(self, rest):
        """execute COMMAND [with JSON] [-> $run]"""
        rest, into = self.arrow(rest)
        command, _, more = rest.partition(" with ")
        body = {"session_id": "scenario", "command": self.spell(command)}
        if more:
            body.update(json.loads(self.spell(more)))
        self.send("POST", "/api/extensions/execute", json.dumps(body))
        if self.reply.status == 200:
            self.record.acknowledge(self.json["run_id"])
        if into:
            if self.reply.status != 200:
                raise Failure("execute: status %d\n%s" %
                              (self.reply.status, self.reply.text))
            self.variables[into] = self.json["run_id"]

    def do_let(self, rest):
        """let $name = .path | VALUE"""
        match = re.fullmatch(r"\$(\w+) = (.+)", rest)
        if not match:
            raise Failure("let takes: let $NAME = .path or a value")
        text = match.group(2)
        if text.startswith(".") or re.match(r"\$\w+[.\[]", text):
            value = self.value(text)
            if value is ABSENT:
                raise Failure("there is no %s in %s" % (text, cut(self.json)))
        else:
            value = self.other_value(text)
        self.variables[match.group(1)] = value

    def other_value(self, text):
        if text == "out":
            return self.done[1].strip()
        if text.startswith("header "):
            value = self.reply.headers.get(text[len("header "):])
            if value is None:
                raise Failure("the reply has no %s" % text)
            return value
        return value_of(text, self.variables)

    def do_poll(self, rest):
        """poll PATH for .field until CONDITION [within N] -> $seen"""
        rest, into = self.arrow(rest)
        match = re.fullmatch(r"(\S+) for (\S+) until (.+)", rest)
        if not match or not into:
            raise Failure("poll takes: poll PATH for .FIELD until … -> $NAME")
        path, seen = self.spell(match.group(1)), []

        def once():
            self.send("GET", path)
            value = self.value(match.group(2))
            if not seen or seen[-1] != value:
                seen.append(value)
        self.until(match.group(3), once)
        self.variables[into] = seen

    def do_load(self, rest):
        """load N clients N runs each COMMAND [with JSON] [-> $runs]"""
        rest, into = self.arrow(rest)
        match = re.fullmatch(r"(\d+) clients? (\d+) runs? each (.+?)"
                             r"(?: with (.+))?", rest)
        if not match:
            raise Failure("load takes: load N clients N runs each COMMAND")
        load = Load(self, self.spell(match.group(3)),
                    json.loads(self.spell(match.group(4) or "{}")))
        runs = load.run(int(match.group(1)), int(match.group(2)))
        if into:
            self.variables[into] = runs

    def do_exercise(self, rest):
        """exercise until the host has ended [within N]"""
        text, seconds = self.within(rest, 30)
        if text != "until the host has ended":
            raise Failure("exercise takes: until the host has ended")
        Load.exercise(self, seconds)
        self.ended()

    # --- streams ---

    def do_stream(self, rest):
        """stream $run as NAME [after N]; stream NAME again"""
        rest = self.spell(rest)
        match = re.fullmatch(r"(\w+) again", rest)
        if match:
            old = self.streams[match.group(1)]
            ids = old.ids()
            new = self.open_stream(old.run_id, ids[-1] if ids else 0)
            new.events[:0] = old.events
            new.comments += old.comments
            self.streams[match.group(1)] = new
            return
        match = re.fullmatch(r"(\S+) as (\w+)(?: after (\S+))?", rest)
        if not match:
            raise Failure("stream takes: stream $run as NAME [after N]")
        self.streams[match.group(2)] = self.open_stream(
            match.group(1), match.group(3))

    def open_stream(self, run, after):
        try:
            return Stream(self.door(), run, after, self.record.see)
        except NO_ANSWER as why:
            raise Failure("the stream: no answer: %r" % why) from why

    def do_leave(self, rest):
        self.stream_of(self.spell(rest)).close()

    def stream_of(self, name):
        if name not in self.streams:
            raise Failure("no stream is called \"%s\"" % name)
        return self.streams[name]

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

    # --- waiting ---

    def do_wait(self, rest):
        """wait host ends [with CODE]; stream …; row …; log …; meanwhile"""
        text, seconds = self.within(rest)
        word, _, what = text.partition(" ")
        method = getattr(self, "wait_" + word, None)
        if method is None:
            raise Failure("\"%s\" is nothing to wait for" % word)
        method(what, seconds)

    def wait_host(self, what, seconds):
        match = re.fullmatch(r"ends(?: with (-?\d+))?", what)
        if not match:
            raise Failure("wait host takes: ends [with CODE]")
        code = self.host.wait_exit(seconds)
        if match.group(1) is not None and code != int(match.group(1)):
            raise Failure("the host ended with %s, wanted %s\n%s" %
                          (code, match.group(1), self.host.log_tail()))
        self.ended()

    def wait_stream(self, what, seconds):
        what = self.spell(what)
        match = re.fullmatch(r"(\w+) (ends|(?:has (\d+) (events|comments)))",
                             what)
        if not match:
            raise Failure("wait stream takes: NAME ends|has N events")
        stream = self.stream_of(match.group(1))
        wanted = int(match.group(3) or 0)

        def there():
            if match.group(2) == "ends":
                return stream.ended
            if len(stream.events) < wanted and stream.ended:
                raise Failure("the stream ended after %d events: %s %s" %
                              (len(stream.events), stream.problem,
                               cut(stream.end)))
            have = stream.comments if match.group(4) == "comments" else \
                len(stream.events)
            return have >= wanted
        wait_until(seconds, "stream %s" % what, there)

    def wait_row(self, what, seconds):
        wait_until(seconds, "row %s" % what, lambda: self.rows(what))

    def wait_log(self, what, seconds):
        condition, _, text = what.partition(" ")
        text = self.spell(text)
        wait_until(seconds, "the log %s" % what, lambda:
                   OPERATORS[condition](self.host.log_text(), text))

    def wait_meanwhile(self, what, seconds):
        beside = self.background.pop(what or "meanwhile")
        beside.thread.join(seconds)
        if beside.thread.is_alive():
            raise Failure("what went on meanwhile hasn't ended")
        if beside.failure:
            raise beside.failure

    def wait_seconds(self, what, seconds):
        """For what has to pass without an event, as an expiry."""
        time.sleep(float(what))

    def close(self):
        for stream in self.streams.values():
            stream.close()


class Beside(Steps):
    """The steps of a meanwhile block: the same host, answers of its own."""

    def __init__(self, parent):     # pylint: disable=super-init-not-called
        self.__dict__.update(parent.__dict__)
        self.headers = {}
        self.failure = None
