"""
Many runtimes, a process each, share many runs; some of them are killed.

    claimers.py URL TOKENFILE

Each run is claimed once, and once more if its runtime was killed; it ends
once; no number of an event or of an audit row is left out.
"""
import collections
import json
import random
import select
import subprocess
import sys
import time

from kept_client import Client

RUNS = 500
CLAIMERS = 16
DOOMED = 4              # of these
QUEUES = ["q0", "q1", "q2", None]
RUNNER = "plugin:org.example/far/away"
PATIENCE_S = 60


# --- a runtime ---

def live(client, me, claim, hang):
    """One run from its claim to its end; hang: after so many events."""
    held = {"target_run_id": claim["run_id"], "runtime_id": me,
            "claim_token": claim["claim_token"]}
    for first in 1, 3:
        if hang == first - 1:
            print("holds", claim["run_id"], flush=True)
            sys.stdin.read()
        events = [{"sequence": number, "type": "output", "data":
                   {"stream": "stdout", "text": "%s %d" % (me, number)}}
                  for number in (first, first + 1)]
        status, _ = client.ask("run_append_result", **held, events=events)
        if status != 200:
            return "lost"
    status, _ = client.ask("run_finalize", **held, status="completed",
                           output=me)
    return "ended" if status == 200 else "lost"


def runtime(url, me, token, doomed):
    """Works until its input says more; doomed: it hangs in that run."""
    client = Client(url, token)
    queue = QUEUES[int(me[1:]) % len(QUEUES)]
    count = 0
    print("ready", flush=True)
    sys.stdin.readline()
    while True:
        wanted = {"queue_name": queue} if queue else {}
        claim = client.ok("run_claim", runtime_id=me,
                          lease_seconds=2 if doomed else 600, **wanted)
        if claim is None and queue is None:
            claim = client.ok("run_claim", runtime_id=me, wait_seconds=1,
                              lease_seconds=600)
            if claim is None and select.select([sys.stdin], [], [], 0)[0]:
                return
            if claim is None:
                continue
        elif claim is None:
            queue = None        # of any, now
            continue
        count += 1
        hang = doomed % 4 - 1 if count == doomed else None
        print(live(client, me, claim, hang), claim["run_id"], flush=True)


# --- the test ---

class Crowd:
    def __init__(self, url, admin):
        self.url, self.admin = url, admin
        self.processes = [self.start(number) for number in range(CLAIMERS)]

    def start(self, number):
        me = "r%d" % number
        token = self.admin.ok("token_create", principal="runtime:" + me,
                              role="runtime")["token"]
        self.admin.ok("grant_add", grantee="runtime:" + me, owner="*",
                      permission="role:claimer")
        Client(self.url, token).ok("runtime_register", runtime_id=me,
                                   heartbeat_ttl_seconds=3600)
        doomed = 3 + 2 * number if number < DOOMED else 0
        return subprocess.Popen(
            [sys.executable, "-B", __file__, self.url, me, token,
             str(doomed)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True)

    def work(self):
        """All begin at once; the doomed are killed as they hold a run."""
        for process in self.processes:
            assert process.stdout.readline() == "ready\n"
        for process in self.processes:
            process.stdin.write("go\n")
            process.stdin.flush()
        held = []
        for process in self.processes[:DOOMED]:
            for line in process.stdout:
                if line.startswith("holds"):
                    held.append(line.split()[1])
                    process.kill()
        until = time.monotonic() + PATIENCE_S
        while self.admin.ok("run_counts")["by_status"]["SUCCEEDED"] < RUNS:
            assert time.monotonic() < until, self.admin.ok("run_counts")
            time.sleep(0.05)
        for process in self.processes[DOOMED:]:
            process.stdin.write("enough\n")
            process.stdin.flush()
        said = collections.Counter()
        for process in self.processes:
            out, _ = process.communicate(timeout=PATIENCE_S)
            said.update(line.split()[0] for line in out.splitlines())
        codes = [process.returncode for process in self.processes]
        assert codes[:DOOMED] == [-9] * DOOMED and not any(codes[DOOMED:]), \
            codes
        assert not said["lost"], said
        return held

    def close(self):
        for process in self.processes:
            if process.poll() is None:
                process.kill()
                process.wait()


def audit_rows(admin):
    cursor = "0"
    while True:
        page = admin.ok("audit_export", after_cursor=cursor, limit=1000)
        yield from page["items"]
        if not page["items"] or not page.get("has_more"):
            return
        cursor = str(page["items"][-1]["seq"])


def look(admin, made, held):
    rows = list(audit_rows(admin))
    assert [row["seq"] for row in rows] == list(range(1, len(rows) + 1))
    did = collections.Counter((row["action"], row["target"]) for row in rows
                              if row["decision"] == "allow")
    for run in made:
        record = admin.ok("run_get", run_id=run)
        attempts = 2 if run in held else 1
        assert record["status"] == "completed", record
        assert record["dispatch_attempts"] == attempts, record
        assert did["run_claim", run] == attempts, did["run_claim", run]
        assert did["run_finalize", run] == 1
        events = admin.ok("run_events_page", run_id=run)["items"]
        assert [event["sequence"] for event in events] == \
            list(range(1, len(events) + 1)), events
        said = [event["data"]["text"] for event in events
                if event["type"] == "output"]
        whole = ["%s %d" % (record["output"], n) for n in range(1, 5)]
        assert said[-4:] == whole, events
        assert len(said) == 4 or attempts == 2, events


def main(url, token_file):
    with open(token_file, encoding="utf-8") as file:
        admin = Client(url, file.read().strip())
    made = []
    for number in range(RUNS):
        queue = QUEUES[number % len(QUEUES)]
        made.append(admin.ok(
            "run_create", runner_id=RUNNER, queue_name=queue or "q9",
            priority=random.randrange(-2, 3))["run_id"])
    crowd = Crowd(url, admin)
    try:
        began = time.monotonic()
        held = crowd.work()
    finally:
        crowd.close()
    look(admin, made, held)
    print("%d runs by %d runtimes, %d of them killed, in %.1f s" %
          (len(made), CLAIMERS, len(held), time.monotonic() - began))


if __name__ == "__main__":
    if len(sys.argv) == 3:
        main(*sys.argv[1:])
    else:
        runtime(*sys.argv[1:4], int(sys.argv[4]))
