"""
Steps that ask the host: who is asking, requests, what they answered.
"""
import json
import os
import re
import shlex

from . import documented
from .door import NO_ANSWER, Door, Reply
from .host import wait_until
from .load import Load
from .text import ABSENT, Failure, check, cut, look, value_of


class Ask:
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
        if who == "local" or self.host.port == 0 or self.host.prefix:
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
        documented.check(path, self.reply)

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

    # --- many ---

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
