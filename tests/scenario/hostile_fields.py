"""
Every action of a running host, with wrong and odd values in every field.

    hostile_fields.py URL TOKENFILE DATA TOP

What its schema forbids must be refused with a 4xx that names the field; what
is refused, for whatever reason, must leave every row of the database as it
was, but for its own record.  Prints how many bodies were tried.
"""
import glob
import hashlib
import json
import os
import re
import sqlite3
import sys
from concurrent.futures import ThreadPoolExecutor

import bad_bodies
from kept_client import Client

CLIENTS = 8
RUNNER = "plugin:org.example/far/away"
# The record itself, and the host's notes on where it has been signed.
BOOKS = {"audit", "meta"}
# Who waits is answered late, and that isn't what is tried here.  A sweep ends
# what has a time, whenever it comes by.
LEFT_OUT = {("run_create", "wait_seconds"), ("run_claim", "wait_seconds"),
            ("run_create", "deadline_at"),
            ("artifact_put", "expires_in_seconds"),
            ("interaction_create", "expires_in_seconds")}


class Rows:
    """The database as another process sees it."""

    def __init__(self, data):
        path = glob.glob(os.path.join(data, "*.db"))[0]
        self.db = sqlite3.connect("file:%s?mode=ro" % path, uri=True,
                                  isolation_level=None)
        self.tables = [name for name, in self.db.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'table'"
            " AND sql NOT LIKE 'CREATE VIRTUAL%'")
            if name not in BOOKS]

    def digests(self):
        self.db.execute("BEGIN")
        found = {name: hashlib.blake2b(repr(self.db.execute(
            "SELECT * FROM \"%s\"" % name).fetchall()).encode()).digest()
            for name in self.tables}
        self.db.execute("COMMIT")
        return found


class Stage:
    """What is there for the bodies to be about, and a good one for each."""

    def __init__(self, client):
        self.client = client
        client.ok("token_create", principal="user:somebody")
        client.ok("grant_add", grantee="user:somebody", permission="run_get")
        self.run = self.make_run(queue_name="still")
        client.ok("state_set", run_id=self.run, scope="actor", key="k",
                  value={"n": 1})
        client.ok("run_append_result", run_id=self.run, sequence=1,
                  type="action.requested", data={"action": "a"})
        self.held = {}
        self.register()
        self.claim()

    def make_run(self, **fields):
        return self.client.ok("run_create", runner_id=RUNNER,
                              **fields)["run_id"]

    def register(self):
        self.client.ok("runtime_register", runtime_id="r1",
                       heartbeat_ttl_seconds=3600)

    def claim(self):
        """A new one; the old must not be lost while something is tried."""
        if self.held:
            self.client.post("run_finalize", json.dumps(
                {**self.held, "status": "completed"}).encode())
        self.make_run(queue_name="held")
        claim = self.client.ok("run_claim", runtime_id="r1",
                               queue_name="held", lease_seconds=3600)
        self.held = {"target_run_id": claim["run_id"], "runtime_id": "r1",
                     "claim_token": claim["claim_token"]}

    def again(self, action, schema):
        """After a body that was taken: all as if it had not been."""
        if "claim_token" in schema["properties"]:
            self.claim()
        elif action.startswith("runtime_"):
            self.register()
        elif action == "run_cancel":
            self.run = self.make_run(queue_name="still")

    def good(self, action, schema):
        fields = {"target_run_id": self.run, **GOOD.get(action, {})}
        if "claim_token" in schema.get("properties", {}):
            fields.update(self.held)
        known = {name: value for name, value in {**USUAL, **fields}.items()
                 if name in schema.get("required", []) or name in fields}
        return {name: json.dumps(value) for name, value in known.items()
                if name in schema.get("properties", {})}


# Required fields by their names, and what an action must have besides.
USUAL = {"runtime_id": "r1", "runner_id": RUNNER, "id": "nobody",
         "op_id": "0" * 32, "scope": "actor", "key": "k", "value": 1,
         "principal": "user:somebody", "grantee": "user:somebody",
         "permission": "run_get", "token_id": "999", "grant_id": "999",
         "event_id": "none", "query": "none", "interaction_id": "q",
         "request": 1, "artifact_id": "art_" + "0" * 32,
         "content": "eA==", "audited": True, "file": "/nowhere",
         "status": "completed", "key_id": "0" * 16,
         "public_key": "untrusted comment: x\n"
         "RWTGLspgCUQaM1H2pj87VIoFuPJRMGmYQ4DYfxaBIkhuog743KE+XA/l\n"}
GOOD = {"steering_push": {"text": "t"}, "interaction_answer": {"answer": 1},
        "run_create": {"runner_id": RUNNER, "queue_name": "q",
                       "wait_for_completion": True, "wait_seconds": 0},
        "run_claim": {"queue_name": "empty"},
        "secret_change": {"name": "n", "change": "set"},
        "run_append_result": {"sequence": 2, "type": "output", "data":
                              {"stream": "stdout", "text": "t"}}}


class Trial:
    def __init__(self, url, token, data, reasons):
        self.clients = [Client(url, token) for _ in range(CLIENTS)]
        self.client = self.clients[0]
        self.rows = Rows(data)
        self.stage = Stage(self.client)
        with open(reasons, encoding="utf-8") as page:
            self.reasons = set(re.findall(r"^\| `([A-Z_]+)` \| (4\d\d) \|",
                                          page.read(), re.M))
        self.problems = []
        self.wrong = self.odd = self.taken = 0

    def problem(self, action, body, what):
        self.problems.append("%s %s: %s" % (action, body[:300], what))

    def judge(self, case, status, answer):
        """What is wrong with a refusal, or None."""
        reason, error = answer.get("reason_code"), answer.get("error")
        if (reason, str(status)) not in self.reasons:
            return "%d %s" % (status, answer)
        if case.wrong and status not in (400, 413, 422):
            return "%d hides what is wrong: %s" % (status, error)
        if status == 422 and case.name and case.name not in error:
            return "%s isn't named: %s" % (case.name, error)
        return None

    def ask(self, action, case, good, client=None):
        """True when it was taken."""
        body = case.body(good)
        status, answer = (client or self.client).post(action, body)
        why = self.judge(case, status, answer) if status != 200 else \
            "was taken" if case.wrong else None
        if why:
            self.problem(action, body, why)
        return status == 200

    def try_odd(self, action, schema, odd):
        """What the schema allows; answers those that were refused."""
        refused, good = [], self.stage.good(action, schema)
        for case in odd:
            if self.ask(action, case, good):
                self.taken += 1
                self.stage.again(action, schema)
                good = self.stage.good(action, schema)
            else:
                refused.append(case)
        return refused

    def try_refused(self, action, schema, cases):
        """All of these are refused, and nothing changes."""
        good, before = self.stage.good(action, schema), self.rows.digests()
        taken = []

        def work(number):
            for case in cases[number::CLIENTS]:
                if self.ask(action, case, good, self.clients[number]):
                    taken.append(case)
        with ThreadPoolExecutor(CLIENTS) as pool:
            list(pool.map(work, range(CLIENTS)))
        now = self.rows.digests()
        if now != before and not taken:
            self.problem(action, b"", "refusals changed %s" % [
                name for name in now if now[name] != before[name]])
        elif taken:     # one that was in the way is gone
            self.try_refused(action, schema, [case for case in cases
                                              if case not in taken])

    def try_action(self, action, schema):
        cases = [case for case in bad_bodies.cases(schema) if case.wrong or
                 (action, case.field[0]) not in LEFT_OUT]
        odd = [case for case in cases if not case.wrong]
        wrong = [case for case in cases if case.wrong]
        self.wrong += len(wrong)
        self.odd += len(odd)
        self.try_refused(action, schema,
                         wrong + self.try_odd(action, schema, odd))


def named(top, wanted):
    """Names of the action table's rows, by who may."""
    path = os.path.join(top, "host/action/action_table.c")
    with open(path, encoding="utf-8") as table:
        return {name for name, who in re.findall(
            r'^\t\{ "(\w+)",\s*(\w+),', table.read(), re.M) if wanted(who)}


def main(url, token_file, data, top):
    with open(token_file, encoding="utf-8") as file:
        trial = Trial(url, file.read().strip(), data,
                      os.path.join(top, "docs/reason-codes.md"))
    actions = trial.client.ok("action_list")["items"]
    missing = named(top, lambda who: who != "PERM_INTERNAL") - {
        action["name"] for action in actions}
    assert not missing, "not listed: %s" % missing
    for action in actions:
        trial.try_action(action["name"], action["schema"])
    print("%d actions, %d wrong bodies, %d odd ones of which %d were taken" %
          (len(actions), trial.wrong, trial.odd, trial.taken))
    for problem in trial.problems[:40]:
        print(problem)
    print("%d problems" % len(trial.problems))
    return 1 if trial.problems else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
