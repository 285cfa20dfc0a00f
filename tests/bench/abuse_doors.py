"""Who comes to the TCP door in a bad way: cases of abuse.py."""
import contextlib
import select
import socket
import statistics
import threading
import time

from abuse_base import PATIENCE_S, Most, figure, files_limit
from scn.host import wait_until

KEPT_FDS = 96               # of workers and readers that weren't there before
GROWTH_MIB = 64             # of the host's memory; its page cache is as much


def calm(bench, served, before):
    """Nothing is left of the abuse."""
    wait_until(PATIENCE_S, "the host has let go of its connections",
               lambda: served.connections() == 0)
    bench.rows.check("connections left of it", 0, "= 0", True)
    # The healthy client may have got more workers and readers.
    bench.rows.most("descriptors, before and after: %d and" % before,
                    served.fds(), before + KEPT_FDS)


# --- a byte a second ---

def slow_clients(bench):
    rows = bench.rows
    number = min(bench.pick(100, 500), files_limit() // 3)
    seconds = bench.pick(3, 40)
    deadline_ms = bench.pick(1000, 30000)
    with bench.host(http__request_deadline_ms=deadline_ms) as served:
        served.measure("probe", t=1)
        before = served.fds()
        with served.beside("hold", n=number, b=bench.pick(100, 1000)) as slow:
            slow.line()
            with Most(served.rss_mib) as memory:
                probe = served.measure("probe", t=seconds)
            ended = slow.end()
        rows.all_of("connections with a byte a second", int(ended["open"]),
                    number)
        rows.most("GET beside them, p99", probe["get_p99_us"] / 1e3, 50,
                  " ms", rows.time)
        rows.most("POST of a run beside them, p99",
                  probe["post_p99_us"] / 1e3, 50, " ms", rows.time)
        rows.show("runs of the healthy client meanwhile",
                  figure(int(probe["n"])))
        rows.check("cut off by the deadline of %g s" % (deadline_ms / 1e3),
                   figure(int(ended["cut"])), ">= %d" % number,
                   ended["cut"] >= number)
        rows.most("memory", memory.most, bench.memory(128), " MiB")
        calm(bench, served, before)


# --- refusals ---

COUNTED = "SELECT coalesce(sum(coalesce(json_extract(detail, '$.count'), 1" \
    ")), 0), count(*) FROM audit WHERE decision = 2"


def flooded(served, kind, rate, seconds):
    """How long a run takes, p50, beside a flood; what became of that."""
    if kind == "none":
        return served.measure("probe", t=seconds)["run_p50_us"], {}
    with served.beside("flood", k=kind, r=rate, c=32) as flood:
        probe = served.measure("probe", t=seconds)
        return probe["run_p50_us"], flood.end()


def refusals(bench):
    """
    Short rounds of nothing, refusals, and as many requests that cost nothing:
    what the disk does changes by the second, so neighbours are compared.
    """
    rows = bench.rows
    rounds, seconds = bench.pick((1, 1), (25, 1))
    rate = bench.pick(2000, 20000)
    took = {"none": [], "mixed": [], "ok": []}
    reached = {"none": [], "mixed": [], "ok": []}
    refused = 0
    with bench.host() as served:
        served.measure("probe", t=0.5)
        disk, began = served.disk_mib(), time.monotonic()
        for _ in range(rounds):
            for kind in took:
                p50, ended = flooded(served, kind, rate, seconds)
                took[kind].append(p50)
                reached[kind].append(ended.get("per_s", 0))
                refused += sum(ended.get("s%d" % status, 0)
                               for status in (401, 403, 404))
        lasted = time.monotonic() - began
        grown = served.disk_mib() - disk
        # Counts that are held back become rows at the stop.
        served.stop()
        counted, written = served.query(COUNTED)[0]
        served.start()
    for what, kind in (("a run alone, p50", "none"),
                       ("  beside GET /ok", "ok"),
                       ("  beside refusals", "mixed")):
        rows.show(what, "%.0f us" % statistics.median(took[kind]))

    def ratio(kind, other):
        return statistics.median(a / b for a, b in
                                 zip(took[kind], took[other]))

    # Who sends a flood takes half of the machine, whatever it is.
    rows.show("  GET /ok against none, median of %d" % rounds,
              figure(ratio("ok", "none")))
    rows.show("  refusals against none", figure(ratio("mixed", "none")))
    rows.most("  refusals against GET /ok", ratio("mixed", "ok"), 1.2, "",
              rows.time)
    per_s = statistics.median(reached["mixed"])
    rows.time("refusals a second: 401, 403, 404 in turn", figure(int(per_s)),
              ">= %s" % figure(int(rate * 0.95)), per_s >= rate * 0.95)
    rows.show("GET /ok a second", figure(int(statistics.median(
        reached["ok"]))))
    # What was on its way when the flood ended wasn't heard by it.
    rows.check("refusals in the audit log, of %s" % figure(int(refused)),
               figure(counted), "all, + %d" % (32 * rounds),
               refused <= counted <= refused + 32 * rounds)
    # Ten a second of the known caller, and a few counts each ten.
    rows.most("  rows of them", written, int(20 * (lasted + 10)))
    rows.most("disk for %.0f s of it, runs included" % lasted, grown,
              bench.pick(32, 160), " MiB")


# --- ten thousand connections ---

def open_many(bench, served, number, most, addresses, kind):
    """Connections from so many addresses, beside a healthy client."""
    rows = bench.rows
    served.measure("probe", t=0.5)
    before, memory_before = served.fds(), served.rss_mib()
    with served.beside("probe", k=kind, t=bench.pick(2, 20)) as healthy, \
            Most(served.rss_mib) as memory, \
            served.beside("hold", n=number, a=addresses) as held:
        opened = held.line()
        fds = served.fds()
        probe = healthy.line()
        held.end()
    rows.check("  served and held", figure(int(opened["open"])),
               "<= %s, none waits" % figure(most),
               most - 8 <= opened["open"] <= most + 8 and
               opened["unanswered"] == 0)
    rows.check("  refused by being closed", figure(int(opened["refused"])),
               "the others", opened["refused"] + opened["open"] == number)
    rows.most("  descriptors of the host meanwhile", fds,
              before + most + KEPT_FDS)
    rows.most("  memory that they took", memory.most - memory_before,
              bench.memory(bench.pick(32, 256)), " MiB")
    rows.most("  POST of a healthy client meanwhile, p99",
              probe["post_p99_us"] / 1e3, 50, " ms", rows.time)
    rows.check("  its runs", figure(int(probe["n"])), "> 0", probe["n"] > 0)
    wait_until(PATIENCE_S, "a new client is served", served.served)
    calm(bench, served, before)


def connections(bench):
    rows = bench.rows
    limit = files_limit()
    wanted = bench.pick(300, 10000)
    number = min(wanted, limit - 64)
    most = bench.pick(100, min(4096, limit // 2))
    if number < wanted:
        rows.show("RLIMIT_NOFILE is %d, so not %s" % (limit, figure(wanted)),
                  figure(number))
    each = bench.pick(50, min(1024, most // 2))
    with bench.host(http__connections=most,
                    http__connections_per_address=each) as served:
        rows.show("opened from one address, limit %s" % figure(each),
                  figure(number))
        open_many(bench, served, number, each, 1, "new")
    with bench.host(http__connections=most,
                    http__connections_per_address=100000) as served:
        rows.show("opened from 16 addresses, limit %s" % figure(most),
                  figure(number))
        # What the healthy client has open counts.
        open_many(bench, served, number, most - 1, 16, "kept")


# --- bodies and headers without an end ---

class Feed(threading.Thread):
    """One connection on which more and more is sent."""

    def __init__(self, port, head, piece, pause_s):
        super().__init__(daemon=True)
        self.port = port
        self.head = head
        self.piece = piece
        self.pause_s = pause_s
        self.sent = 0
        self.answer = b""
        self.lasted = 0
        self.start()

    def run(self):
        began = time.monotonic()
        with socket.create_connection(("127.0.0.1", self.port), 30) as peer:
            try:
                self.send(peer)
            except OSError:
                pass
            # What the host said before it closed is read even so.
            with contextlib.suppress(OSError):
                while True:
                    more = peer.recv(65536)
                    if not more:
                        break
                    self.answer += more
        self.lasted = time.monotonic() - began

    def send(self, peer):
        peer.sendall(self.head)
        limit = time.monotonic() + 90
        while time.monotonic() < limit:
            if select.select([peer], [], [], self.pause_s)[0]:
                return
            peer.sendall(self.piece)
            self.sent += len(self.piece)

    def status(self):
        words = self.answer.split()
        return words[1].decode() if len(words) > 1 else "closed"


POST = "POST /api/extensions/execute HTTP/1.1\r\nHost: x\r\n" \
    "Authorization: Bearer %s\r\n"
CHUNKED = POST + "Transfer-Encoding: chunked\r\n\r\n"
CHUNK = b"10000\r\n" + b" " * 65536 + b"\r\n"
GET = b"GET /ok HTTP/1.1\r\nHost: x\r\n"

# name, head, what follows again and again, pause, statuses, most sent
BODIES = (
    ("chunked, fast", CHUNKED, CHUNK, 0, "413", 64 << 20),
    ("chunked, slow", CHUNKED, b"1\r\n \r\n", 0.05, "408", 1 << 20),
    ("1 TB announced, fast", POST + "Content-Length: 1000000000000\r\n\r\n",
     b" " * 65536, 0, "413", 64 << 20),
    ("1 TB announced, slow", POST + "Content-Length: 1000000000000\r\n\r\n",
     b" ", 0.05, "413", 1 << 20),
    ("5 MB announced, fast", POST + "Content-Length: 5000000\r\n\r\n",
     b" " * 65536, 0, "413", 64 << 20),
    ("1 MB announced, slow", POST + "Content-Length: 1000000\r\n\r\n",
     b" ", 0.05, "408", 1 << 20),
    ("beyond 64 bits announced", POST + "Content-Length: 1%s\r\n\r\n"
     % ("0" * 30), b" " * 65536, 0, "400 413", 64 << 20),
)
HEADERS = (
    ("100,000 headers", GET, b"X-A: b\r\n" * 1000, 0, "431", 64 << 20),
    ("a header of many MB", GET + b"X-A: ", b"a" * 65536, 0, "431",
     64 << 20),
    ("a header line that never ends, slowly", GET + b"X-A: ", b"a", 0.05,
     "closed 431", 1 << 20),
    ("a name that never ends", GET, b"a" * 65536, 0, "431 400", 64 << 20),
    ("a request line that never ends", b"GET /", b"a" * 65536, 0,
     "414 431 400", 64 << 20),
    ("line ends only", b"", b"\r\n" * 4096, 0, "closed 400 414", 64 << 20),
    ("300 headers of 100 bytes, complete", GET +
     b"".join(b"X-%d: %s\r\n" % (i, b"a" * 90) for i in range(300)) +
     b"\r\n", b"", 0.05, "431", 1 << 20),
    ("what isn't HTTP", b"\x16\x03\x01" + b"\0" * 2000, b"\0" * 65536, 0,
     "closed 400 414", 64 << 20),
)


def feed_all(bench, endless, at_once):
    rows = bench.rows
    deadline_ms = bench.pick(1000, 5000)
    with bench.host(http__request_deadline_ms=deadline_ms) as served:
        served.measure("probe", t=0.5)
        before, memory_before = served.fds(), served.rss_mib()
        token = served.door().token
        with Most(served.rss_mib) as memory, served.beside("probe") as probe:
            for name, head, piece, pause_s, wanted, most in endless:
                if isinstance(head, str):
                    head = (head.replace("%s", token)).encode()
                feeds = [Feed(served.host.port, head, piece, pause_s)
                         for _ in range(at_once)]
                for feed in feeds:
                    feed.join()
                said = sorted({feed.status() for feed in feeds})
                sent = max(feed.sent for feed in feeds)
                lasted = max(feed.lasted for feed in feeds)
                rows.check(name, "%s, %.1f s" % (" ".join(said), lasted),
                           wanted, set(said) <= set(wanted.split()) and
                           sent <= most)
            healthy = probe.end()
        rows.check("runs of a healthy client meanwhile",
                   figure(int(healthy["n"])), "> 0", healthy["n"] > 0)
        rows.most("memory that they took", memory.most - memory_before,
                  bench.memory(GROWTH_MIB), " MiB")
        calm(bench, served, before)


def bodies(bench):
    feed_all(bench, BODIES, bench.pick(4, 20))


def headers(bench):
    feed_all(bench, HEADERS, bench.pick(4, 20))
