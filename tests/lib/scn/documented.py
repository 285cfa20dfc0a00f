"""
What docs/actions.md says that actions reply: every answer that a scenario
gets is compared with it.
"""
import functools
import os
import re

from .text import ABSENT, Failure, cut


@functools.lru_cache(maxsize=None)
def page():
    """({action: (reply words, errors)}, {record: members}, any errors)"""
    here = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(here, "../../../docs/actions.md")) as file:
        text = file.read()
    head, *sections = re.split(r"^## ", text, flags=re.M)
    actions, records = {}, {}
    for section in sections:
        name = section.split("\n", 1)[0]
        rows = dict(re.findall(r"^\| (reply|errors) \| (.*) \|$", section,
                               re.M))
        if "reply" in rows:
            actions[name] = (rows["reply"].split(", "),
                             set(re.findall(r"`(\w+)`", rows["errors"])))
        else:
            records[name] = set(re.findall(r"^\| `(\w+)` \|", section, re.M))
    return actions, records, set(re.findall(r"`([A-Z_]+)`", head))


def shape(action):
    """({member: record or None}, those that are always there, null?)"""
    actions, records, _ = page()
    members, always, null = {}, set(), False
    for word in actions[action][0]:
        sometimes = word.endswith("?")
        whole = re.match(r"all of \[(\w+)\]", word)
        listed = re.match(r"`(\w+)` of \[(\w+)\]", word)
        if word == "`null`":
            null = True
            continue
        if whole:
            names = {name: None for name in records[whole.group(1)]}
        elif listed:
            names = {listed.group(1): listed.group(2)}
        else:
            names = {word.strip("`?"): None}
        members.update(names)
        if not sometimes:
            always |= set(names)
    return members, always, null


def check_items(action, member, items, record):
    known = page()[1][record]
    for item in items:
        strange = set(item) - known
        if strange:
            raise Failure("%s: %s of its %s are not documented" %
                          (action, sorted(strange), member))


def check_reply(action, body):
    members, always, null = shape(action)
    if body is None and null:
        return
    if body is ABSENT or not isinstance(body, dict):
        raise Failure("%s replies no object: %s" % (action, cut(str(body))))
    strange, missing = set(body) - set(members), always - set(body)
    if "events" in missing and "sequence" in body:
        missing = set()     # one event, or a list of them
    if strange or missing:
        raise Failure("%s: docs/actions.md knows nothing of %s, and %s "
                      "aren't there" % (action, sorted(strange),
                                        sorted(missing)))
    for member, record in members.items():
        if record and isinstance(body.get(member), list):
            check_items(action, member, body[member], record)


def check_error(action, body):
    code = body.get("reason_code") if isinstance(body, dict) else None
    _, errors = page()[0][action]
    if code is not None and code not in errors | page()[2]:
        raise Failure("%s: docs/actions.md doesn't know its error %s" %
                      (action, code))


def check(path, reply):
    """An answer of POST /api/actions/NAME; those of plugins are theirs."""
    name = path[len("/api/actions/"):]
    if not path.startswith("/api/actions/") or name not in page()[0]:
        return
    if reply.status == 200:
        check_reply(name, reply.json)
    else:
        check_error(name, reply.json)
