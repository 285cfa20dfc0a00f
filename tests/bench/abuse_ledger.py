"""What the ledger has to hold, and who holds it: cases of abuse.py."""
import contextlib
import os
import socket
import statistics
import subprocess
import sys
import threading
import time

from abuse_base import MIB, PATIENCE_S, Most, figure
from scn.host import wait_until
from scn.text import Failure

WAL_MIB = 64                # store/db.c lets as much be kept of it
GAPS = "SELECT run_no FROM event GROUP BY run_no HAVING min(seq) != 1 OR" \
    " max(seq) != count(*)"


def ids_of(path):
    with open(path) as file:
        return [bytes.fromhex(line[4:36]) for line in file]


# --- very many queued runs ---

def walk(served):
    """All queued runs, page by page."""
    found, cursor, began = 0, None, time.monotonic()
    while True:
        page = served.get("/api/runs?status=PENDING&limit=100" +
                          ("&cursor=%s" % cursor if cursor else ""))
        found += len(page["runs"])
        cursor = page["next_cursor"]
        if cursor is None:
            return found, time.monotonic() - began


def asked(served, path, times):
    took = []
    for _ in range(times):
        began = time.monotonic()
        served.get(path)
        took.append(time.monotonic() - began)
    return statistics.median(took) * 1e3


def out_of_order(served, since):
    """Claims behind an audit row that came before one of an older run."""
    last, wrong, all_of_them = 0, 0, 0
    for number, in served.query(
            "SELECT run_no FROM audit JOIN run ON run.id ="
            " unhex_run(target) WHERE seq > ? AND action = 'run_claim'"
            " ORDER BY seq", since):
        wrong += number < last
        last = number
        all_of_them += 1
    return wrong, all_of_them


def queue(bench):
    rows = bench.rows
    number = bench.pick(1500, 100000)
    cancelled = bench.pick(50, 500)
    ids_path = os.path.join(bench.folder, "ids")
    with bench.host(worker__max=1, worker__slots=1,
                    quota__live_runs=0) as served:
        blocker = served.execute("/mock wait", delay_ms=3600000)
        wait_until(PATIENCE_S, "the first run works", lambda: served.get(
            "/api/runs/" + blocker)["status"] == "RUNNING")
        served.measure("post", c=1, n=20, f=ids_path)
        queued, before = ids_of(ids_path), served.rss_mib()
        with Most(served.rss_mib) as memory:
            made = served.measure("post", c=64, n=number - 20, f=ids_path)
            queued += ids_of(ids_path)
            rows.show("runs queued", figure(len(queued)))
            rows.show("  a second", figure(int(made["runs_s"])))
            rows.most("GET of the newest", asked(
                served, "/api/runs/run_" + queued[-1].hex(), 50), 50, " ms",
                rows.time)
            rows.most("a page of the list", asked(
                served, "/api/runs?status=PENDING&limit=100", 20), 50, " ms",
                rows.time)
            rows.most("run_counts", statistics.median(
                served.timed(served.counts) for _ in range(20)), 50, " ms",
                rows.time)
            found, lasted = walk(served)
            rows.all_of("listed, all pages", found, len(queued))
            rows.show("  in", "%.1f s" % lasted)
            rows.most("memory that they took", memory.most - before,
                      bench.memory(96), " MiB")
        door = served.door()
        for run in queued[::len(queued) // cancelled][:cancelled]:
            reply = door.send("POST", "/api/runs/run_%s/cancel" % run.hex(),
                              "{}")
            if reply.json["status"] != "CANCELED":
                raise Failure("a cancel: %s" % reply.text)
        rows.all_of("cancelled", served.counts()["CANCELED"], cancelled)
        served.kill()
        served.start()
        rows.most("ready after SIGKILL", served.ready_s, 2, " s", rows.time)
        rows.most("  memory", served.rss_mib(), bench.memory(128),
                  " MiB")
        counts = served.counts()
        # The blocker has been queued again, too, or runs already.
        left = counts["PENDING"] + counts["RUNNING"] - 1
        rows.all_of("  still queued", left, len(queued) - cancelled)
        began = time.monotonic()
        served.stop()
        rows.most("SIGTERM with them: stopped in",
                  time.monotonic() - began, 3, " s", rows.time)
        since = served.query("SELECT max(seq) FROM audit")[0][0]
        served.start(worker__max=8, worker__slots=32)
        served.door().send("POST", "/api/runs/%s/cancel" % blocker, "{}")
        began = time.monotonic()
        wait_until(PATIENCE_S * bench.slack + number / 500, "all have ended",
                   lambda: not sum(served.counts()[word] for word in
                                   ("PENDING", "RUNNING")))
        rows.show("carried out a second", figure(int(
            left / (time.monotonic() - began))))
        rows.all_of("completed", served.counts()["SUCCEEDED"],
                    len(queued) - cancelled)
        ended = {run for run, in served.query(
            "SELECT id FROM run JOIN run_end USING (run_no)")}
        rows.all_of("acknowledged and lost",
                    sum(run not in ended for run in queued), 0)
        wrong, claims = out_of_order(served, since)
        rows.all_of("claims out of order, of %s" % figure(claims), wrong, 0)


# --- who holds the write-ahead log ---

class SlowReader(threading.Thread):
    """Takes an answer by a few bytes, as if there were all time."""

    def __init__(self, served, request, over):
        super().__init__(daemon=True)
        self.port = served.host.port
        self.request = request.encode()
        self.over = over
        self.got = 0
        self.start()

    def run(self):
        while not self.over.is_set():
            with contextlib.suppress(OSError), socket.socket() as peer:
                peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                peer.connect(("127.0.0.1", self.port))
                peer.settimeout(1)
                peer.sendall(self.request)
                while not self.over.wait(0.02):
                    got = len(peer.recv(200))
                    if not got:
                        break
                    self.got += got


def slow_requests(served, run):
    token = served.door("admin").token
    head = "Host: x\r\nAuthorization: Bearer %s\r\n" % token
    body = '{"limit":1000}'
    return (
        "GET /api/runs?limit=100 HTTP/1.1\r\n%s\r\n" % head,
        "GET /api/runs/%s/events?stream=1 HTTP/1.1\r\n%s\r\n" % (run, head),
        "POST /api/actions/audit_list HTTP/1.1\r\n%sContent-Length: %d\r\n"
        "\r\n%s" % (head, len(body), body),
    )


OUTSIDE = """
import sqlite3, sys
db = sqlite3.connect("file:%s?mode=ro" % sys.argv[1], uri=True)
db.execute("BEGIN")
db.execute("SELECT count(*) FROM meta").fetchall()
print("holds", flush=True)
sys.stdin.read()
"""


@contextlib.contextmanager
def outside_reader(bench, served):
    """Another process, with a read transaction that isn't the host's."""
    process = subprocess.Popen(
        [sys.executable, "-c", OUTSIDE, served.data + "/runhost.db"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    bench.helpers.add(process.pid)
    try:
        process.stdout.readline()
        yield
    finally:
        process.stdin.close()
        process.wait()
        process.stdout.close()
        bench.helpers.discard(process.pid)


@contextlib.contextmanager
def export_that_waits(bench, served):
    """audit export, whose output nobody takes."""
    process = subprocess.Popen(
        [bench.binary, "audit", "export", "--data", served.data],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL)
    bench.helpers.add(process.pid)
    try:
        yield
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
        bench.helpers.discard(process.pid)


def turns(served, number, load):
    """The WAL starts over so many times, while the load goes on."""
    def other():
        load.check()
        return served.wal_turn() != turn
    for _ in range(number):
        turn = served.wal_turn()
        wait_until(PATIENCE_S, "the WAL starts over", other)


def phase(bench, served, what, seconds):
    """Runs a second, and the largest WAL, over a while of the load."""
    made = served.made()
    began = time.monotonic()
    with Most(served.wal_mib) as wal:
        time.sleep(seconds)     # the measurement itself
    rate = (served.made() - made) / (time.monotonic() - began)
    bench.rows.show(what, "%s runs/s" % figure(int(rate)))
    return rate, wal.most


def wal(bench):
    rows = bench.rows
    seconds = bench.pick(1, 15)
    pages = bench.pick(500, 4000)
    bound = max(4 * pages * 4096 / MIB, WAL_MIB)
    over = threading.Event()
    with bench.host(store__checkpoint_pages=pages,
                    quota__live_runs=0) as served:
        loud = served.execute("/mock loud", delay_ms=0)
        wait_until(PATIENCE_S, "a run with much to read", lambda: served.get(
            "/api/runs/" + loud)["status"] == "SUCCEEDED")
        with served.beside("full", c=64) as load:
            turns(served, 2, load)
            plain, most = phase(bench, served, "with nobody", seconds)
            rows.most("  WAL", most, bound, " MiB")
            readers = [SlowReader(served, request, over)
                       for request in slow_requests(served, loud) * 8]
            with export_that_waits(bench, served):
                rate, most = phase(bench, served, "with %d slow readers, an "
                                   "export that waits" % len(readers),
                                   seconds)
                rows.most("  WAL", most, bound, " MiB")
                turns(served, 2, load)
                rows.check("  readers that have got something", sum(
                    reader.got > 0 for reader in readers),
                    "= %d" % len(readers),
                    all(reader.got for reader in readers))
            over.set()
            for reader in readers:
                reader.join()
            backup(bench, served, bound, load)
            with outside_reader(bench, served):
                rate, most = phase(bench, served, "with a reader that isn't "
                                   "the host's", seconds)
                rows.check("  runs went on", "%.2f of those alone" %
                           (rate / plain), "> 0", rate > 0)
                rows.show("  WAL, held", "%.1f MiB" % most)
            turns(served, 2, load)
            rows.check("  it left: the WAL starts over", "yes", "", True)
            wait_until(PATIENCE_S, "the WAL is small again",
                       lambda: served.wal_mib() <= bound)
            rows.most("  WAL", served.wal_mib(), bound, " MiB")
            ended = load.end()
        rows.all_of("runs that didn't end", int(ended["runs"] -
                                                ended["ended"]), 0)
        rows.all_of("runs with a gap in their events",
                    len(served.query(GAPS)), 0)


def backup(bench, served, bound, load):
    rows = bench.rows
    path = os.path.join(bench.folder, "backup.db")
    made, began = served.made(), time.monotonic()
    with Most(served.wal_mib) as wal:
        done = served.cli("backup", "--data", served.data, path)
    lasted = time.monotonic() - began
    if done.returncode != 0:
        raise Failure("backup: %s" % done.stdout.decode(errors="replace"))
    rows.show("beside a backup of %.1f s" % lasted, "%s runs/s" %
              figure(int((served.made() - made) / lasted)))
    rows.show("  WAL, held", "%.1f MiB" % wal.most)
    os.unlink(path)
    turns(served, 2, load)
    wait_until(PATIENCE_S, "the WAL is small again",
               lambda: served.wal_mib() <= bound)
    rows.most("  WAL afterwards", served.wal_mib(), bound, " MiB")


# --- full load ---

LOST = "SELECT count(*) FROM run LEFT JOIN run_end USING (run_no)" \
    " WHERE run_end.state IS NULL OR run_end.state != 6"


class Samples(threading.Thread):
    """Once a second: when, memory, WAL, descriptors."""

    def __init__(self, served):
        super().__init__(daemon=True)
        self.served = served
        self.over = threading.Event()
        self.began = time.monotonic()
        self.all = []

    def run(self):
        with contextlib.suppress(OSError):      # the host died
            while not self.over.wait(self.served.bench.pick(0.2, 1)):
                self.all.append((time.monotonic() - self.began,
                                 self.served.rss_mib(),
                                 self.served.wal_mib(), self.served.fds()))

    def most(self, column, since, until):
        return max(sample[column] for sample in self.all
                   if since <= sample[0] <= until)


def load(bench):
    rows = bench.rows
    seconds = bench.pick(6, bench.minutes * 60)
    part = seconds / 10 if seconds < 180 else 60
    ids_path = os.path.join(bench.folder, "ids")
    with bench.host(worker__max=bench.pick(8, 16)) as served:
        served.measure("probe", t=0.5)
        idle = served.fds()
        samples = Samples(served)
        samples.start()
        made = served.measure("full", c=64, t=seconds, f=ids_path)
        samples.over.set()
        samples.join()
        rows.show("64 clients, minutes", "%.1f" % (seconds / 60))
        rows.show("runs", figure(int(made["runs"])))
        rows.show("  a second", figure(int(made["runs_s"])))
        rows.show("reads of their records", figure(int(made["reads"])))
        rows.show("events by streams, no gap", figure(int(made["events"])))
        end = samples.all[-1][0]
        for column, what, unit, allowance, bound in (
                (1, "memory", " MiB", 16, bench.memory(256)),
                (2, "WAL", " MiB", 16, WAL_MIB + 16),
                (3, "descriptors", "", 16, idle + 64 + 16 + 200)):
            early = samples.most(column, part, 2 * part)
            late = samples.most(column, end - part, end)
            rows.most("%s, most" % what, samples.most(column, 0, end),
                      bound, unit)
            rows.most("  growth from the second minute to the last",
                      late - early, allowance, unit, rows.time if
                      column < 3 else rows.check)
        # Workers that were made under load may stay for a minute.
        wait_until(PATIENCE_S + 60, "descriptors are given back",
                   lambda: served.fds() <= idle + 8 * 6)
        acked = ids_of(ids_path)
        rows.all_of("acknowledged", len(acked), int(made["runs"]))
        there = {run for run, in served.query(
            "SELECT id FROM run JOIN run_end USING (run_no)"
            " WHERE run_end.state = 6")}
        rows.all_of("  and lost", sum(run not in there for run in acked), 0)
        rows.all_of("runs that didn't complete", served.query(LOST)[0][0], 0)
        rows.all_of("runs with a gap in their events",
                    len(served.query(GAPS)), 0)
        began = time.monotonic()
        verified = served.verify()
        rows.check("audit verify, %.0f s" % (time.monotonic() - began),
                   "clean" if verified else "not clean", "clean", verified)
