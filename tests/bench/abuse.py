#!/usr/bin/env python3
"""
A host under abuse: see abuse.sh.  Prints a table of what was measured; in the
short form TAP, a test a case, which asserts nothing that is a time.
"""
import argparse
import os
import shutil
import sys
import tempfile
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "lib")]

# The path of the modules needs the line above first.
import abuse_doors                              # noqa: E402
import abuse_ledger                             # noqa: E402
from abuse_base import Bench                    # noqa: E402
from scn.host import become_subreaper           # noqa: E402
from scn.text import Failure                    # noqa: E402

CASES = {
    "slow": (abuse_doors.slow_clients,
             "a healthy client beside those with a byte a second"),
    "refused": (abuse_doors.refusals,
                "runs beside floods of refused calls"),
    "held": (abuse_doors.connections,
             "more connections than the host takes, held"),
    "bodies": (abuse_doors.bodies, "bodies that never end"),
    "headers": (abuse_doors.headers, "headers that never end"),
    "queue": (abuse_ledger.queue, "very many queued runs"),
    "wal": (abuse_ledger.wal, "a write-ahead log that readers hold"),
    "load": (abuse_ledger.load, "full load, for long"),
}


def play(bench, name, number):
    bench.rows.case = name
    why, began = None, time.monotonic()
    try:
        CASES[name][0](bench)
    except Failure as failure:
        why = str(failure)
        if bench.hosts:
            why += "\n" + bench.hosts[-1].host.log_tail()
        bench.rows.check("it went on to the end", "no", "", False)
    finally:
        bench.kill_all()
    if bench.short:
        for row in bench.rows.failed(name):
            print("# %s: %s, wanted %s" % row[1:4])
        print("# %s took %.1f s" % (name, time.monotonic() - began))
    if why:
        print("# " + why.replace("\n", "\n# "), file=sys.stdout
              if bench.short else sys.stderr)
    broken = bool(bench.rows.failed(name))
    if bench.short:
        print("%sok %d - abuse: %s" % ("not " if broken else "", number,
                                       CASES[name][1]))
        sys.stdout.flush()
    return broken


def main():
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--short", action="store_true")
    parser.add_argument("-f", dest="cases", default=",".join(CASES))
    parser.add_argument("-t", dest="minutes", type=float, default=10)
    parser.add_argument("-d", dest="folder")
    parser.add_argument("-B", dest="build", required=True)
    options = parser.parse_args()
    cases = options.cases.split(",")
    for name in cases:
        if name not in CASES:
            sys.exit("there is no case \"%s\": %s" % (name, " ".join(CASES)))
    top = os.path.dirname(os.path.dirname(HERE))
    become_subreaper()
    if options.folder:
        os.makedirs(options.folder, exist_ok=True)
    folder = tempfile.mkdtemp(prefix="runhost-abuse.", dir=options.folder)
    bench = Bench(options, top, os.path.abspath(options.build), folder,
                  float(os.environ.get("SCENARIO_SLACK", "1")))
    if options.short:
        print("1..%d" % len(cases))
    broken = 0
    try:
        for number, name in enumerate(cases, 1):
            broken += play(bench, name, number)
    finally:
        bench.kill_all()
        shutil.rmtree(folder, ignore_errors=True)
    table = bench.rows.table()
    print("# " + table.replace("\n", "\n# ") if options.short else table)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
