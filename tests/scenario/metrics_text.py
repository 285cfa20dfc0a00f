"""
Reads a host's /metrics as strictly as the format says (version 0.0.4) and
looks at some of its values.

    metrics_text.py URL TOKENFILE [CONDITION...]

A condition is a series, a comparison and a number: 'runhost_runs{state="queued"} = 0'.
A series that isn't there is no number.  "eventually" before the conditions:
the text is asked for again until they hold.
"""
import re
import sys
import time
import urllib.request

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"'
SAMPLE = re.compile(
    rf"({NAME})(\{{{LABEL}(?:,{LABEL})*\}})? ([-+]?[0-9]+(?:\.[0-9]+)?)\Z")
TYPES = {"counter", "gauge", "histogram"}


def fetch(url, token):
    request = urllib.request.Request(
        url + "/metrics", headers={"Authorization": "Bearer " + token})
    with urllib.request.urlopen(request, timeout=10) as answer:
        kind = answer.headers["Content-Type"]
        assert kind == "text/plain; version=0.0.4; charset=utf-8", kind
        return answer.read().decode("utf-8")


class Text:
    def __init__(self, text):
        assert text.endswith("\n"), "the last line has no end"
        self.types, self.helps, self.series = {}, {}, {}
        self.families = []
        for line in text[:-1].split("\n"):
            self.line(line)
        for name, kind in self.types.items():
            assert name in self.helps, name + " has no help"
            assert name in self.families, name + " has no value"
            if kind == "histogram":
                self.histogram(name)
            if kind == "counter":
                assert name.endswith("_total"), name

    def line(self, line):
        comment = re.match(rf"# (HELP|TYPE) ({NAME}) (.+)\Z", line)
        if comment:
            what, name, rest = comment.groups()
            seen = self.helps if what == "HELP" else self.types
            assert name not in seen, f"{what} of {name} stands twice"
            assert name not in self.families, f"{what} behind a value: {line}"
            if what == "TYPE":
                assert rest in TYPES, line
            seen[name] = rest
            return
        sample = SAMPLE.match(line)
        assert sample, "no sample: " + repr(line)
        name = self.family(sample.group(1))
        if not self.families or self.families[-1] != name:
            assert name not in self.families, name + " is torn apart"
            self.families.append(name)
        series = sample.group(1) + (sample.group(2) or "")
        assert series not in self.series, series + " stands twice"
        value = float(line.rsplit(" ", 1)[1])
        if self.types[name] == "counter":
            assert value >= 0, line
        self.series[series] = value

    def family(self, name):
        if name in self.types:
            assert self.types[name] != "histogram", name
            return name
        base = re.sub(r"_(bucket|sum|count)\Z", "", name)
        assert self.types.get(base) == "histogram", name + " has no type"
        return base

    def histogram(self, name):
        buckets = [(s, v) for s, v in self.series.items()
                   if s.startswith(name + "_bucket{")]
        bounds = [re.search(r'\{le="([^"]+)"\}', s).group(1)
                  for s, _ in buckets]
        assert bounds[-1] == "+Inf", name
        numbers = [float(b) for b in bounds]
        assert numbers == sorted(set(numbers)), name
        counts = [v for _, v in buckets]
        assert counts == sorted(counts), name + " is not cumulative"
        assert counts[-1] == self.series[name + "_count"], name
        assert self.series[name + "_sum"] >= 0, name

    def holds(self, condition):
        series, op, want = re.match(
            r"(.+) (=|<|>|<=|>=) (-?[0-9.]+)\Z", condition).groups()
        if series not in self.series:
            return False
        got, want = self.series[series], float(want)
        return {"=": got == want, "<": got < want, ">": got > want,
                "<=": got <= want, ">=": got >= want}[op]


def main(url, token_file, *conditions):
    with open(token_file, encoding="ascii") as file:
        token = file.read().strip()
    until = time.monotonic()
    if conditions and conditions[0] == "eventually":
        until += 20
        conditions = conditions[1:]
    while True:
        text = fetch(url, token)
        read = Text(text)
        wrong = [c for c in conditions if not read.holds(c)]
        if not wrong:
            return
        if time.monotonic() >= until:
            sys.exit(f"{text}\nnot so: {wrong}")
        time.sleep(0.05)


main(*sys.argv[1:])
