"""
A ledger as a crash has left it, read past the host: a copy of its files,
compared with the book of what clients were told.
"""
import json
import sqlite3

from scn.text import Failure

# What may never be, whatever was acknowledged: rows of these are wrong.
NEVER = (
    ("a request was carried out twice",
     "SELECT session_id, count(*) FROM run GROUP BY session_id"
     " HAVING count(*) > 1"),
    ("a run lives and has ended, or neither",
     "SELECT run_no FROM run LEFT JOIN run_live USING (run_no)"
     " LEFT JOIN run_end USING (run_no)"
     " WHERE (run_live.state IS NULL) = (run_end.state IS NULL)"),
    ("events have a gap",
     "SELECT run_no, min(seq), max(seq), count(*) FROM event GROUP BY run_no"
     " HAVING min(seq) != 1 OR max(seq) != count(*)"),
    ("a run's last event is another",
     "SELECT run_no, max(seq) FROM run LEFT JOIN event USING (run_no)"
     " LEFT JOIN run_live USING (run_no) LEFT JOIN run_end USING (run_no)"
     " GROUP BY run_no HAVING coalesce(max(seq), 0) !="
     " coalesce(run_end.last_seq, run_live.last_seq)"),
)


def opened(path):
    db = sqlite3.connect(path)
    db.text_factory = str
    return db


def check(path, book):
    """False when it was killed before there was a ledger."""
    db = opened(path)
    try:
        if db.execute("PRAGMA user_version").fetchone()[0] == 0:
            must_have("run", book.runs, ())
            return False
        for what, sql in NEVER:
            row = db.execute(sql).fetchone()
            if row:
                raise Failure("%s: %s" % (what, row))
        runs = {"run_" + run.hex(): number for run, number in
                db.execute("SELECT id, run_no FROM run")}
        check_runs(db, runs, book)
        check_events(db, runs, book)
        check_rights(db, book)
        must_have("op", book.ops, {op.hex() for op, in
                                   db.execute("SELECT op FROM audit")})
        must_have("key", book.keys, {key for key, in
                                     db.execute("SELECT key FROM idem")})
        return True
    except sqlite3.Error as why:
        raise Failure("the database: %r" % why) from why
    finally:
        db.close()


def check_ended(path, book):
    db = opened(path)
    try:
        ended = {"run_" + run.hex() for run, in db.execute(
            "SELECT id FROM run JOIN run_end USING (run_no)")}
        must_have("end of run", book.runs, ended)
    finally:
        db.close()


def must_have(what, wanted, there):
    for one in wanted:
        if one not in there:
            raise Failure("%s %s was acknowledged and is lost" % (what, one))


def check_runs(db, runs, book):
    must_have("run", book.runs, runs)
    cancelled = {number for number, in db.execute(
        "SELECT run_no FROM run_live WHERE cancel IS NOT NULL"
        " UNION SELECT run_no FROM run_end")}
    for run in book.cancelled:
        if runs[run] not in cancelled:
            raise Failure("the cancel of %s is lost" % run)


def check_events(db, runs, book):
    names = {number: run for run, number in runs.items()}
    there = {(names[number], seq): (name, data) for number, seq, name, data
             in db.execute("SELECT run_no, seq, type, data FROM event")}
    for which, (name, payload) in book.events.items():
        row = there.get(which)
        if row is not None and book.matched.get(which) == row:
            continue
        if row is None or row[0] != name or json.loads(row[1]) != payload:
            raise Failure("event %s was shown as %s and is %s" %
                          (which, (name, payload), row))
        book.matched[which] = row


def check_rights(db, book):
    grants = {str(number): (grantee, permission) for number, grantee,
              permission in db.execute(
                  "SELECT grant_no, grantee, permission FROM grants")}
    for number, grant in book.grants.items():
        if grants.get(number) != grant:
            raise Failure("grant %s of %s is lost" % (number, grant))
    for number in book.removed:
        if number in grants:
            raise Failure("grant %s was removed and is back" % number)
    tokens = {str(number): revoked for number, revoked in
              db.execute("SELECT token_no, revoked FROM token")}
    for number in book.tokens:
        if number not in tokens or tokens[number] is not None:
            raise Failure("token %s is lost" % number)
    for number in book.revoked:
        if number not in tokens or tokens[number] is None:
            raise Failure("token %s was revoked and holds again" % number)
