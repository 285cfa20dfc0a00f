"""
Clients that ask for everything that leaves something behind, until their
connections break, and the book in which stands what they were told.
"""
import http.client
import json
import random
import threading
from collections import deque

from scn.door import NO_ANSWER, Stream
from scn.text import Failure

CLIENTS = 64
WATCHERS = 4            # of them follow runs by streams
RUNS = "/api/extensions/execute"

COMMANDS = (
    ("/mock hello world", {"delay_ms": 0}),
    ("/mock hello world", {"delay_ms": 10}),
    ("/mock slow", {"delay_ms": 0}),
    ("/mock slow", {"delay_ms": 2}),
    ("/mock fail", {"delay_ms": 0}),
    ("/echo a b c", {}),
)

FULL = 507

# Not done, and said so: the host is starting, stopping, or full.
TRY_LATER = (429, 503, FULL)


class Book:
    """What was acknowledged, since the ledger's first start."""

    def __init__(self):
        self.lock = threading.Lock()
        self.admin = None       # the token of the first start
        self.rounds = 0
        self.full = 0           # writes that found no room
        self.runs = {}          # id → session
        self.cancelled = set()  # runs
        self.events = {}        # (run, seq) → (type, payload)
        self.matched = {}       # (run, seq) → the ledger's own text
        self.ops = set()
        self.tokens = {}        # id → token
        self.revoked = {}
        self.grants = {}        # id → (grantee, permission)
        self.removed = set()
        self.keys = {}          # idempotency key → (path, body, reply)
        self.ask = deque()      # what is still to be asked over the doors
        self.problems = []

    def totals(self):
        return "%d runs, %d cancels, %d events, %d tokens, %d revoked, " \
            "%d grants, %d removed, %d keys" % \
            (len(self.runs), len(self.cancelled), len(self.events),
             len(self.tokens), len(self.revoked), len(self.grants),
             len(self.removed), len(self.keys))

    def ask_some(self, chance, count):
        """Old answers are asked for again after whatever crash."""
        keys = list(self.keys)
        for key in chance.sample(keys, min(count, len(keys))):
            path, text, _ = self.keys[key]
            self.ask.append((Client.ask_again, key, path, text))

    def see(self, run, event):
        seq, name, data = event
        self.show(run, seq, name, data["payload"])

    def show(self, run, seq, name, payload):
        before = self.events.setdefault((run, seq), (name, payload))
        if before != (name, payload):
            self.problems.append("run %s, event %d was %s and is %s" %
                                 (run, seq, before, (name, payload)))


class Client:
    def __init__(self, door, book, seed, number):
        self.door = door
        self.book = book
        self.random = random.Random("%s.%d" % (seed, number))
        self.name = "%s.%d" % (seed, number)
        self.number = number
        self.padding = 0        # of each run
        self.count = 0
        self.own = []           # runs made in this round
        self.streams = []
        self.connection = None
        self.last_question = threading.Event()

    # --- asking ---

    def send(self, method, path, body=None, key=None, token=None):
        """(status, headers, text); NO_ANSWER when the host is gone."""
        headers = {"Authorization": "Bearer " + (token or self.door.token)}
        if key:
            headers["Idempotency-Key"] = key
        if body is not None:
            headers["Content-Type"] = "application/json"
        if self.connection is None:
            self.connection = self.door.connect()
        self.connection.request(method, path, body=body, headers=headers)
        reply = self.connection.getresponse()
        text = reply.read().decode()
        if reply.will_close:
            self.connection.close()
            self.connection = None
        return reply.status, reply.headers, text

    def write(self, path, body, key=None):
        """JSON of an acknowledged write; None when it is refused for now."""
        text = json.dumps(body)
        try:
            status, headers, reply = self.send("POST", path, text, key)
        except NO_ANSWER:
            if key:
                self.book.ask.append((Client.ask_doubtful, key, path, text))
            raise
        if status == FULL:
            self.book.full += 1
        if status in TRY_LATER or self.not_loaded(status, path):
            return None
        if status != 200:
            raise Failure("POST %s %s: %d %s" % (path, text, status, reply))
        self.acknowledge(headers)
        if key:
            self.keep(key, path, text, reply)
        return json.loads(reply)

    def action(self, name, body, key=None):
        return self.write("/api/actions/" + name, body, key)

    @staticmethod
    def not_loaded(status, path):
        """An action exists only once its plugin is loaded."""
        return status == 404 and path.endswith("hello.greet")

    def acknowledge(self, headers):
        if headers["X-Op-Id"]:
            self.book.ops.add(headers["X-Op-Id"])

    def keep(self, key, path, text, reply):
        self.book.keys[key] = (path, text, reply)
        self.book.ask.append((Client.ask_again, key, path, text))

    # --- what clients do ---

    def make_run(self):
        command, metadata = self.random.choice(COMMANDS)
        session = "%s.%d" % (self.name, self.count)
        key = session if self.random.random() < 0.7 else None
        metadata = dict(metadata, padding="x" * self.padding)
        made = self.write(RUNS, {"session_id": session, "command": command,
                                 "metadata": metadata}, key)
        if made is None:
            return
        self.book.runs[made["run_id"]] = session
        self.own.append(made["run_id"])
        if self.number < WATCHERS and len(self.streams) < 3:
            self.streams.append(Stream(self.door, made["run_id"], None,
                                       self.book.see))

    def cancel(self):
        if self.own:
            run = self.random.choice(self.own)
            if self.write("/api/runs/%s/cancel" % run, {}):
                self.book.cancelled.add(run)

    def read_events(self):
        if not self.own:
            return
        run = self.random.choice(self.own)
        status, _, text = self.send("GET", "/api/runs/%s/events?since_seq=0"
                                    "&limit=100" % run)
        if status != 200:
            raise Failure("events of %s: %d %s" % (run, status, text))
        for event in json.loads(text)["events"]:
            self.book.show(run, event["seq"], event["event_type"],
                           event["payload"])

    def make_token(self):
        made = self.action("token_create", {"role": "viewer", "principal":
                           "user:u%d" % self.number})
        if made:
            self.book.tokens[made["token_id"]] = made["token"]
            self.book.ask.append((Client.ask_token, made["token_id"]))

    def revoke(self):
        """One that nobody else revokes, and of which then is known which."""
        try:
            token_id, token = self.book.tokens.popitem()
        except KeyError:
            return
        if self.action("token_revoke", {"token_id": token_id}):
            self.book.revoked[token_id] = token
            self.book.ask.append((Client.ask_revoked, token_id))

    def grant(self):
        body = {"grantee": "user:u%d" % self.number,
                "permission": self.random.choice(("run_get", "run_list"))}
        made = self.action("grant_add", body,
                           "%s.%d" % (self.name, self.count))
        if made:
            self.book.grants[made["grant_id"]] = (body["grantee"],
                                                  body["permission"])

    def ungrant(self):
        try:
            grant, _ = self.book.grants.popitem()
        except KeyError:
            return
        if self.action("grant_remove", {"grant_id": grant}):
            self.book.removed.add(grant)

    def greet(self):
        self.action("hello.greet", {"name": self.name},
                    "%s.%d" % (self.name, self.count))

    DOINGS = ((make_run, 40), (cancel, 8), (read_events, 15),
              (make_token, 4), (revoke, 2), (grant, 4), (ungrant, 2),
              (greet, 10))

    # --- what was acknowledged before a crash, asked for after it ---

    def ask_again(self, key, path, text):
        """The same key must get the same answer."""
        status, headers, reply = self.send("POST", path, text, key)
        if status in TRY_LATER:
            return False
        if (status, reply) != (200, self.book.keys[key][2]):
            raise Failure("key %s was answered %s, and now %d %s" %
                          (key, self.book.keys[key][2], status, reply))
        if headers["Idempotency-Replayed"] != "true":
            raise Failure("key %s was carried out again" % key)
        return True

    def ask_doubtful(self, key, path, text):
        """Done or not, the key now gets one answer, the same ever after."""
        status, headers, reply = self.send("POST", path, text, key)
        if status in TRY_LATER or self.not_loaded(status, path):
            return False
        if status == 409 and path.endswith("hello.greet"):
            return True         # begun, and the outcome is unknown
        if status != 200:
            raise Failure("key %s, without answer before a crash, gets %d %s"
                          % (key, status, reply))
        self.acknowledge(headers)
        self.keep(key, path, text, reply)
        if path == RUNS:
            self.book.runs[json.loads(reply)["run_id"]] = \
                json.loads(text)["session_id"]
        return True

    def ask_token(self, token_id):
        token = self.book.tokens.get(token_id)
        if token is None:
            return True
        status = self.send("GET", "/api/runs?limit=1", token=token)[0]
        # Somebody may have begun to revoke it meanwhile.
        if status != 200 and token_id in self.book.tokens:
            raise Failure("token %s is lost: %d" % (token_id, status))
        return True

    def ask_revoked(self, token_id):
        status = self.send("GET", "/api/runs?limit=1",
                           token=self.book.revoked[token_id])[0]
        if status != 401:
            raise Failure("token %s was revoked and gets %d" %
                          (token_id, status))
        return True

    def question(self):
        """False when there was none, or it has to wait."""
        try:
            asked = self.book.ask.popleft()
        except IndexError:
            return False
        answered = False
        try:
            answered = getattr(self, asked[0].__name__)(*asked[1:])
        finally:
            if not answered:
                self.book.ask.append(asked)
        return answered

    # --- one thread ---

    def run(self):
        doings, weights = zip(*self.DOINGS)
        try:
            while not self.last_question.is_set():
                self.count += 1
                if self.random.random() < 0.3 and self.question():
                    continue
                self.random.choices(doings, weights)[0](self)
            while self.question():
                pass
        except NO_ANSWER:
            pass
        except Exception as why:        # else nobody would hear of it
            self.book.problems.append("client %s: %r" % (self.name, why))
        finally:
            if self.connection is not None:
                self.connection.close()
            for stream in self.streams:
                stream.close()


class Clients:
    def __init__(self, door, book, seed):
        self.clients = [Client(door, book, seed, number)
                        for number in range(CLIENTS)]
        self.threads = [threading.Thread(target=client.run)
                        for client in self.clients]

    def start(self, padding=0):
        for client, thread in zip(self.clients, self.threads):
            client.padding = padding
            thread.start()

    def join(self):
        for thread in self.threads:
            thread.join()

    def join_after_the_last_question(self):
        for client in self.clients:
            client.last_question.set()
        self.join()
