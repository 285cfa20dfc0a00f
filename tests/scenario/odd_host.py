"""A host that answers a claim with odd numbers and texts, or drop by drop:
the runtime that asked carries the run out, or asks again, and says no error
of its own."""
import http.server, json, os, subprocess, threading

MAX = 2 ** 63 - 1
RUN = "run_%032x"
NUMBERS = "attempt created_at timeout_seconds deadline_at".split()
CASES = [
    ({}, "completed"),
    ({name: MAX for name in NUMBERS}, "completed"),
    (dict({name: MAX for name in NUMBERS}, last_claimed_at=-MAX), "completed"),
    (dict({name: -MAX for name in NUMBERS}, last_claimed_at=MAX), "completed"),
    ({name: MAX // 10 ** 6 for name in NUMBERS}, "completed"),
    ({"owner": 5, "args": 7, "flags": "x", "input": [1], "command": [],
      "raw_args": {}, "session_id": 3, "checkpoint": {"name": "n",
      "data": "!"}}, "completed"),
    ({"claim_token": "t" * 2000}, None),
    ({"run_id": "run_" + "0" * 5000}, None),
    ({"claim_token": None}, None),
]
ends, given, all_given = {}, [], threading.Event()
given_up = threading.Event()


class Host(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def claim(self):
        i = len(given)
        if i == len(CASES):
            all_given.set()
            threading.Event().wait(0.2)
            return "null"
        given.append(i)
        return json.dumps({"run_id": RUN % i, "claim_token": "t",
            "runner_id": "plugin:runhost/echo/echo", **CASES[i][0]})

    def trickle(self):
        self.send_response(200)
        self.send_header("Content-Length", "1000000")
        self.end_headers()
        while not given_up.wait(0.2):
            try:
                self.wfile.write(b" ")
            except OSError:
                given_up.set()

    def do_POST(self):
        size = int(self.headers["Content-Length"])
        body = json.loads(self.rfile.read(size))
        action = self.path.rsplit("/", 1)[1]
        if action == "run_finalize":
            ends[body["run_id"]] = body["status"]
        if action == "run_claim" and not given_up.is_set():
            return self.trickle()
        reply = (self.claim() if action == "run_claim" else "{}").encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(reply)))
        self.end_headers()
        self.wfile.write(reply)


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *args):
        pass    # the runtime hung up


server = Server(("127.0.0.1", 0), Host)
threading.Thread(target=server.serve_forever, daemon=True).start()
token = os.environ["tmp"] + "/odd.token"
with open(os.open(token, os.O_CREAT | os.O_WRONLY, 0o600), "w") as f:
    f.write("rh_" + "a" * 64)
p = subprocess.Popen([os.environ["runhost"], "runtime", "start", "--url",
    "http://127.0.0.1:%d" % server.server_address[1], "--token-file", token,
    "--plugins", os.environ["plugins"], "--id", "odd", "--lease", "5"],
    stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
all_given.wait(30)
p.terminate()
log = p.communicate(timeout=30)[1]
assert p.returncode == 0, (p.returncode, log)
assert '"level":"error"' not in log, log
want = {RUN % i: end for i, (_, end) in enumerate(CASES) if end}
assert ends == want, (ends, want)
