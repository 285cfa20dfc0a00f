"""
The text of scenarios: lines with blocks, $variables, values, conditions.
Knows nothing of hosts or doors.
"""
import json
import re


class Failure(Exception):
    """A step or an expectation that didn't hold; the text says what and why."""


class Skipped(Exception):
    """What the scenario needs isn't here; the text says what."""


class Line:
    """One line, without its indentation, and the deeper block under it."""

    def __init__(self, number, text):
        self.number = number
        self.text = text
        self.block = []         # (number, text) with one tab taken off

    def block_text(self):
        return "".join(text + "\n" for _, text in self.block)

    def lines(self):
        return parse(self.block)


def parse(numbered):
    """Lines of (number, text); blank ones and comments are left out."""
    lines = []
    for number, text in numbered:
        if text.startswith("\t"):
            if not lines:
                raise Failure("line %d: indented under nothing" % number)
            lines[-1].block.append((number, text[1:]))
        elif not text.strip():
            if lines and lines[-1].block:
                lines[-1].block.append((number, ""))
        elif not text.startswith("#"):
            lines.append(Line(number, text.rstrip()))
    return lines


def show(value):
    """A value as the language spells it."""
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


def spell(text, variables):
    """The text with $name and ${name} replaced; $$ is a dollar."""
    def one(match):
        name = match.group(1) or match.group(2)
        if name is None:
            return "$"
        if name not in variables:
            raise Failure("there is no $%s" % name)
        return show(variables[name])
    return re.sub(r"\$(?:\$|(\w+)|\{(\w+)\})", one, text)


def value_of(text, variables):
    """JSON if it is JSON, else the text; a lone $name is what it names."""
    match = re.fullmatch(r"\$(\w+)", text)
    if match and match.group(1) in variables:
        return variables[match.group(1)]
    text = spell(text, variables)
    try:
        return json.loads(text)
    except ValueError:
        return text


ABSENT = type("Absent", (), {"__repr__": lambda self: "nothing"})()


def look(value, path):
    """What stands at .a.b[0], .items[*].name (a list), or ABSENT."""
    rest = path
    while rest:
        match = re.match(r"\.([\w-]+)|\[(-?\d+)\]|\[\*\]", rest)
        if not match:
            raise Failure("\"%s\" is no path" % path)
        rest = rest[match.end():]
        if match.group(1) is not None:
            value = value.get(match.group(1), ABSENT) \
                if isinstance(value, dict) else ABSENT
        elif match.group(2) is not None:
            at = int(match.group(2))
            value = value[at] if isinstance(value, list) and \
                -len(value) <= at < len(value) else ABSENT
        else:
            if not isinstance(value, list):
                return ABSENT
            return [look(item, rest) for item in value]
        if value is ABSENT:
            return ABSENT
    return value


def contains(got, wanted):
    if isinstance(got, str):
        return show(wanted) in got
    if isinstance(got, (list, dict)):
        return wanted in got
    return False


def ordered(compare):
    def check(got, wanted):
        if isinstance(got, bool) or isinstance(wanted, bool):
            return False
        if isinstance(got, (int, float)) and isinstance(wanted, (int, float)):
            return compare(got, wanted)
        return False
    return check


OPERATORS = {
    "=": lambda got, wanted: same(got, wanted),
    "!=": lambda got, wanted: not same(got, wanted),
    "<": ordered(lambda got, wanted: got < wanted),
    "<=": ordered(lambda got, wanted: got <= wanted),
    ">": ordered(lambda got, wanted: got > wanted),
    ">=": ordered(lambda got, wanted: got >= wanted),
    "in": lambda got, wanted: isinstance(wanted, list) and got in wanted,
    "contains": contains,
    "lacks": lambda got, wanted: not contains(got, wanted),
    "begins": lambda got, wanted:
        isinstance(got, str) and got.startswith(show(wanted)),
    "ends": lambda got, wanted:
        got[-len(wanted):] == wanted if isinstance(got, list) and wanted
        else isinstance(got, str) and got.endswith(show(wanted)),
    "matches": lambda got, wanted:
        isinstance(got, str) and
        re.search(show(wanted), got, re.S | re.M) is not None,
    "has": lambda got, wanted:
        isinstance(got, (list, dict, str)) and len(got) == wanted,
}


def same(got, wanted):
    """JSON's notion: true isn't 1; a number that was asked for as text is."""
    if isinstance(got, bool) != isinstance(wanted, bool):
        return False
    return got == wanted or (isinstance(got, str) and got == show(wanted))


def check(what, got, condition, variables):
    """The condition is "OPERATOR VALUE", "is absent" or "is there"."""
    if condition == "is absent":
        held = got is ABSENT
    elif condition == "is there":
        held = got is not ABSENT
    else:
        operator, _, wanted = condition.partition(" ")
        if operator not in OPERATORS or not wanted:
            raise Failure("\"%s\" is no condition" % condition)
        held = got is not ABSENT and \
            OPERATORS[operator](got, value_of(wanted, variables))
    if not held:
        raise Failure("%s is %s\nwanted: %s" %
                      (what, cut(got), spell(condition, variables)))


def cut(value, most=2000):
    text = repr(value) if value is ABSENT else show(value)
    return text if len(text) <= most else \
        "%s… (%d characters)" % (text[:most], len(text))
