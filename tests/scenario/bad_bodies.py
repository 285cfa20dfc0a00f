"""
Bodies that an action must refuse, and odd ones that it may take, made from
the schema of its arguments.  What a schema allows is read here anew, from
what host/json/schema.h promises: none of the host's code has a say in it.

Values are JSON texts, so that they can be what no parser gives back: 1e400,
a lone surrogate, a name twice.
"""
import functools
import json

DEEP = 60       # levels: the body's limit is 64
TOO_DEEP = 200
INT64 = 1 << 63


class Real(str):
    """A number with a fraction or an exponent, as it is written."""


NUMBERS = ["0", "-1", "7", "1.5", "1.0", "2147483648", "-2147483649",
           "9007199254740993", "9223372036854775807", "9223372036854775808",
           "1" + "0" * 400, "1e400", "-1e400"]
WORDS = ["", "x", "*", "-1", "12345678901234567890", "../../../etc/passwd",
         "%s%n%p%d", "${HOME}`id`", "'; DROP TABLE run; --", "\u202eevil",
         "\ufeff\u0627\u0644", "\u0001\u001b[2J\r\n\u007f\u009b",
         "system", "plugin:mock", "role:admin", "run_" + "0" * 32,
         "A" * 256, "B" * 10240]
# Spelled as no encoder does it.
TEXTS = [json.dumps(word, ensure_ascii=False) for word in WORDS] + [
    '"a\\u0000b"', '"\\uD83D\\uDE00\\u002e"']
LISTS = ["[]", "[null]", "[1]", '[[{}]]', '["x","x",""]',
         "[" + ",".join(['"x"'] * 2000) + "]"]
OBJECTS = ["{}", '{"":""}', '{"x":null}', '{"x":1}', '{"x":"y"}',
           '{"a\\u0000":"\\u0000"}', '{"x":1,"x":2}',
           "{" + ",".join('"k%d":"v"' % n for n in range(999)) + "}",
           '{"k":"' + "v" * 20000 + '"}',
           '{"a":' * DEEP + "1" + "}" * DEEP, "[" * DEEP + "]" * DEEP]
VALUES = ["null", "true"] + NUMBERS + TEXTS + LISTS + OBJECTS
# What is no JSON at all, or too much of it.
BROKEN = ['"\\ud800"', '"\\udc00\\ud800"', '"\\x"', '"\n"', '"\udcff"', "NaN",
          "Infinity", "-", "01", "1.", "+1", "tru", "'x'", "[1,]",
          '{"a":1,}', "", "[" * TOO_DEEP + "]" * TOO_DEEP]
NAMES = ["zzz", "Run_id", "__proto__", "run_id ", "limit\u202e", "",
         "n" * 300, "a.b", "x'y"]


class Pairs(list):
    """An object, with the names that come twice."""


@functools.lru_cache(maxsize=None)
def parse(text):
    """(value, whether a name comes twice in an object of it)"""
    value = json.loads(text, parse_float=Real, parse_constant=Real,
                       object_pairs_hook=Pairs)
    return value, has_twice(value)


TYPES = {Real: ["number"], int: ["integer", "number"], bool: ["boolean"],
         str: ["string"], list: ["array"], Pairs: ["object"],
         type(None): ["null"]}


def types_of(value):
    if type(value) is int and not -INT64 <= value < INT64:
        return ["number"]
    return TYPES[type(value)]


def in_range(schema, value):
    if "number" not in types_of(value):
        return True
    value = float(value) if isinstance(value, Real) else value
    return schema.get("minimum", value) <= value <= \
        schema.get("maximum", value)


def admits_members(schema, pairs):
    known = schema.get("properties", {})
    names = {name for name, _ in pairs}
    if not set(schema.get("required", [])) <= names:
        return False
    if schema.get("additionalProperties") is False and \
            not names <= set(known):
        return False
    return all(admits(known.get(name, {}), value) for name, value in pairs)


def admits(schema, value):
    """Whether the parsed value is one of the schema's."""
    types = schema.get("type", [])
    types = [types] if isinstance(types, str) else types
    if types and not set(types) & set(types_of(value)):
        return False
    if "enum" in schema and not any(
            type(value) is type(one) and value == one
            for one in schema["enum"]):
        return False
    if isinstance(value, Pairs):
        return admits_members(schema, value)
    if isinstance(value, list):
        return all(admits(schema.get("items", {}), one) for one in value)
    return in_range(schema, value)


def has_twice(value):
    """Whether a name comes twice in one object."""
    if isinstance(value, Pairs):
        return len({name for name, _ in value}) < len(value) or \
            any(has_twice(below) for _, below in value)
    return isinstance(value, list) and any(has_twice(one) for one in value)


def edges(schema):
    """Values at the borders that a schema names, and beside them."""
    for key in "minimum", "maximum":
        if key in schema:
            yield from (str(schema[key] + step) for step in (-1, 0, 1))
    for value in schema.get("enum", []):
        if isinstance(value, str):
            yield from (json.dumps(odd) for odd in
                        (value, value.upper(), value + " ", value[:-1]))


def inside(schema):
    """Lists and objects in which one thing is wrong, or odd."""
    if "items" in schema:
        yield from ("[" + value + "]" for value in
                    [*edges(schema["items"]), *inside(schema["items"])])
    for name, below in schema.get("properties", {}).items():
        for value in ["null", "7", "-1", "1e400", '""', '"\\u0000"', "[]",
                      "{}", "true", *edges(below)]:
            yield "{" + json.dumps(name) + ":" + value + "}"


class Case:
    """
    A body, made of a good one.  wrong: it must be refused; name: what the
    refusal must name; field: the name and value that were put in.
    """

    def __init__(self, make, wrong, name=None, field=None):
        self.make = make
        self.wrong, self.name, self.field = wrong, name, field

    def body(self, good):
        text = self.make(good)
        return text.encode("utf-8", "surrogateescape")


def write(members):
    return "{" + ",".join(json.dumps(name) + ":" + text
                          for name, text in members.items()) + "}"


def put(name, text):
    return lambda good: write({**good, name: text})


def drop(name):
    return lambda good: write({key: text for key, text in good.items()
                               if key != name})


def twice(name):
    return lambda good: write({name: "1"})[:-1] + "," + \
        write({**good, name: "1"})[1:]


def fields_of(schema):
    """Every value in every field, beside others that are right."""
    for name, below in schema.get("properties", {}).items():
        for text in [*VALUES, *edges(below), *inside(below)]:
            value, wrong = parse(text)
            if wrong:
                yield Case(put(name, text), True)
            else:
                left_out = value is None and \
                    name not in schema.get("required", [])
                yield Case(put(name, text),
                           not (left_out or admits(below, value)),
                           None if left_out else name, (name, value))
        yield Case(twice(name), True)


def wholes_of(schema):
    """What is wrong with a body as a whole."""
    for name in schema.get("required", []):
        yield Case(drop(name), True, name)
    for name in NAMES if schema.get("additionalProperties") is False else []:
        yield Case(put(name, "1"), True,
                   name if name.isascii() and len(name) < 50 else None)
    for text in BROKEN:
        yield Case(put("caller_plugin_identity", text), True)
    for body in ["null", "1", '"x"', "[]", "[{}]", "{", "{}{}", "{,}",
                 '{"a"}', "\ufeff{}", "\udcff", "\x00"]:
        yield Case(lambda good, body=body: body, True)


def cases(schema):
    yield from wholes_of(schema)
    yield from fields_of(schema)
