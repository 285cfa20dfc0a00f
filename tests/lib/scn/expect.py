"""
Expectations: what "expect …" can say of answers, processes, rows, streams,
files and the ledger.
"""
import os
import re
import shlex
import stat

from . import record as ledger
from .host import workers_of
from .runtime import Runtime
from .text import ABSENT, OPERATORS, Failure, check, cut, look, show, spell


class Expect:
    def do_expect(self, rest):
        for pattern, method in FORMS:
            match = re.fullmatch(pattern, rest, re.S)
            if match:
                method(self, *match.groups())
                return
        what, _, condition = rest.partition(" ")
        check(what, self.value(what), condition, self.variables)

    # --- answers ---

    def expect_status(self, wanted):
        if self.reply is None or self.reply.status != int(wanted):
            got = self.reply.status if self.reply else None
            raise Failure("status is %s\nwanted: %s\n%s" % (
                got, wanted, cut(self.reply.text) if self.reply else ""))

    def expect_reason(self, wanted):
        check("reason_code", self.value(".reason_code"), "= " + wanted,
              self.variables)

    def expect_text(self, what, negated, condition):
        text = {"out": lambda: self.done[1], "err": lambda: self.done[2],
                "body": lambda: self.reply.text,
                "log": self.host.log_text}[what]()
        operator, _, wanted = condition.partition(" ")
        wanted = spell(wanted, self.variables)
        if operator not in OPERATORS:
            raise Failure("\"%s\" is no condition" % condition)
        if OPERATORS[operator](text, wanted) == bool(negated):
            raise Failure("%s is: %s\nwanted: %s%s" % (
                what, cut(text), negated or "", condition))

    def expect_is_json(self):
        if self.json is ABSENT:
            raise Failure("out is not JSON: %s" % cut(self.done[1]))

    def expect_exit(self, wanted):
        if self.done is None or self.done[0] != int(wanted):
            raise Failure("exit code is %s\nwanted: %s\n%s%s" % (
                self.done and self.done[0], wanted,
                cut(self.done[1]), cut(self.done[2])))

    def expect_header(self, name, condition):
        value = self.reply.headers.get(name)
        check("header " + name, ABSENT if value is None else value,
              condition, self.variables)

    # --- rows ---

    def rows(self, text):
        """Audit rows with all these NAME=VALUE; names may be paths."""
        wanted = []
        for word in shlex.split(spell(text, self.variables)):
            name, equals, value = word.partition("=")
            if not equals:
                raise Failure("\"%s\" is not NAME=VALUE" % word)
            wanted.append((name, value))
        found = []
        for row in ledger.audit_rows(self.door("admin")):
            if all(self.row_has(row, name, value) for name, value in wanted):
                found.append(row)
        return found

    @staticmethod
    def row_has(row, name, value):
        got = look(row, "." + name)
        if value.startswith("~"):
            return got is not ABSENT and re.search(value[1:], show(got))
        return got is not ABSENT and got is not None and show(got) == value

    def expect_row(self, text):
        found = self.rows(text)
        if not found:
            rows = ledger.audit_rows(self.door("admin"))[-12:]
            raise Failure("there is no such row; the last ones:\n%s" %
                          "\n".join(show({name: row[name] for name in row
                                          if "hash" not in name})
                                    for row in rows))
        self.variables["row"] = found[-1]

    def expect_no_row(self, text):
        found = self.rows(text)
        if found:
            raise Failure("there is such a row: %s" % show(found[-1]))

    def expect_row_count(self, count, text):
        found = self.rows(text)
        if len(found) != int(count):
            raise Failure("%d such rows\nwanted: %s\n%s" % (
                len(found), count, "\n".join(show(r) for r in found[:12])))

    # --- runs and streams ---

    def expect_run_gapless(self, run):
        run = spell(run, self.variables)
        row = self.door("admin").action("run_get", {"run_id": run})
        events = ledger.events_of(self.door("admin"), run)
        # A run that goes on may have got more in between.
        if len(events) < row["last_sequence"] or \
                (row["finished_at"] and len(events) != row["last_sequence"]):
            raise Failure("run %s has %d events, last_sequence is %d" % (
                run, len(events), row["last_sequence"]))
        self.variables["events"] = events

    def expect_stream_gapless(self, name, first, last):
        """From first (1) on, each once, in order."""
        ids = self.stream_of(spell(name, self.variables)).ids()
        first = int(spell(first or "1", self.variables))
        last = int(spell(last, self.variables)) if last else \
            (ids[-1] if ids else 0)
        if ids != list(range(first, last + 1)):
            raise Failure("stream %s has %s\nwanted: %d to %d, each once" % (
                name, ids, first, last))

    def expect_stream_end(self, name, condition):
        stream = self.stream_of(spell(name, self.variables))
        path, _, condition = condition.partition(" ")
        value = ABSENT if stream.end is None else look(stream.end, path)
        check("end of %s%s" % (name, path), value, condition, self.variables)

    def expect_stream_whole(self, name):
        """Gapless, with all that the ledger has, and its last words."""
        stream = self.stream_of(spell(name, self.variables))
        if stream.end is None:
            raise Failure("stream %s has no last words: %s" % (
                name, stream.problem))
        events = ledger.events_of(self.door("admin"), stream.run_id)
        self.expect_stream_gapless(name, None, str(len(events)))

    def expect_nothing_lost(self):
        self.record.check(self.door("admin"))

    # --- the machine ---

    def workers(self):
        return workers_of(self.host.process.pid)

    def expect_host(self, wanted):
        if self.host.alive() != (wanted == "running"):
            raise Failure("the host is %s\n%s" % (
                "running" if self.host.alive() else
                "down (%s)" % self.host.code(), self.host.log_tail()))

    def expect_file(self, path, mode):
        path = spell(path, self.variables)
        try:
            got = stat.S_IMODE(os.stat(path).st_mode)
        except OSError as why:
            raise Failure("%s: %s" % (path, why.strerror)) from None
        if got != int(mode, 8):
            raise Failure("%s has mode %04o\nwanted: %s" % (path, got, mode))


FORMS = [
    (r"status (\d+)", Expect.expect_status),
    (r"reason_code (\w+)", Expect.expect_reason),
    (r"exit (\d+)", Expect.expect_exit),
    (r"out is json", Expect.expect_is_json),
    (r"(out|err|body|log) (not )?(.+)", Expect.expect_text),
    (r"header (\S+) (.+)", Expect.expect_header),
    (r"row (.+)", Expect.expect_row),
    (r"no row (.+)", Expect.expect_no_row),
    (r"(\d+) rows? (.+)", Expect.expect_row_count),
    (r"run (\S+) gapless", Expect.expect_run_gapless),
    (r"run (\S+) counted to (\S+)(?: in (\d+) attempts?)?",
     Runtime.expect_counted),
    (r"stream (\S+) gapless(?: from (\S+))?(?: to (\S+))?",
     Expect.expect_stream_gapless),
    (r"stream (\S+) end(\..+)", Expect.expect_stream_end),
    (r"stream (\S+) whole", Expect.expect_stream_whole),
    (r"nothing lost", Expect.expect_nothing_lost),
    (r"host (running|down)", Expect.expect_host),
    (r"file (\S+) mode (\d+)", Expect.expect_file),
]
