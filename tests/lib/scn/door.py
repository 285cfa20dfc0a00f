"""
The doors as a client sees them: requests over TCP or the Unix socket, and
event streams that are read by a thread of their own.
"""
import http.client
import json
import socket
import threading

from .text import ABSENT, Failure

TIMEOUT_S = 40


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path, timeout):
        super().__init__("localhost", timeout=timeout)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Reply:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.text = body.decode(errors="replace")
        try:
            self.json = json.loads(self.text)
        except ValueError:
            self.json = ABSENT


class Door:
    """Where the host is, and who asks: a token, or None."""

    def __init__(self, port=None, path=None, token=None):
        self.port = port
        self.path = path
        self.token = token

    def connect(self, timeout=TIMEOUT_S):
        if self.path is not None:
            return UnixConnection(self.path, timeout)
        return http.client.HTTPConnection("127.0.0.1", self.port,
                                          timeout=timeout)

    def headers(self, more=None):
        headers = dict(more or {})
        if self.token is not None:
            headers["Authorization"] = "Bearer " + self.token
        return headers

    def send(self, method, path, body=None, headers=None):
        """A reply; OSError or HTTPException when there was none."""
        connection = self.connect()
        headers = self.headers(headers)
        if body is not None:
            headers.setdefault("Content-Type", "application/json")
            body = body.encode() if isinstance(body, str) else body
        try:
            connection.request(method, path, body=body, headers=headers)
            response = connection.getresponse()
            return Reply(response.status, response.headers, response.read())
        finally:
            connection.close()

    def action(self, name, body):
        """The reply's data; fails on a refusal."""
        reply = self.send("POST", "/api/actions/" + name, json.dumps(body))
        if reply.status != 200:
            raise Failure("%s %s: status %d\n%s" %
                          (name, json.dumps(body), reply.status, reply.text))
        return reply.json


NO_ANSWER = (OSError, http.client.HTTPException)


class Stream(threading.Thread):
    """One connection's events, until its end or close()."""

    def __init__(self, door, run, after=None, on_event=None):
        super().__init__(daemon=True)
        self.run_id = run
        self.events = []        # (id, name, data) in order of arrival
        self.comments = 0
        self.end = None         # data of the last words
        self.ended = False
        self.problem = None
        self.on_event = on_event
        self.connection = door.connect()
        headers = {"Accept": "text/event-stream"}
        if after is not None:
            headers["Last-Event-ID"] = str(after)
        self.connection.request("GET", "/api/runs/%s/events" % run,
                                headers=door.headers(headers))
        self.response = self.connection.getresponse()
        self.status = self.response.status
        if self.status != 200:
            body = self.response.read().decode(errors="replace")
            self.connection.close()
            raise Failure("the stream was refused: %d %s" %
                          (self.status, body))
        self.start()

    def run(self):
        fields = {}
        try:
            while True:
                line = self.response.readline()
                if not line:
                    break
                line = line.decode().rstrip("\r\n")
                if line == "":
                    self.dispatch(fields)
                    fields = {}
                elif line.startswith(":"):
                    self.comments += 1
                else:
                    name, _, text = line.partition(":")
                    fields[name] = text[1:] if text[:1] == " " else text
        except (OSError, http.client.HTTPException, ValueError,
                AttributeError) as why:
            self.problem = repr(why)
        self.ended = True

    def dispatch(self, fields):
        if not fields:
            return
        data = json.loads(fields.get("data", "null"))
        if fields.get("event") in ("end", "error") and "id" not in fields:
            self.end = data
            return
        event = (int(fields["id"]), fields.get("event"), data)
        if self.on_event:
            self.on_event(self.run_id, event)
        self.events.append(event)

    def ids(self):
        return [event[0] for event in list(self.events)]

    def close(self):
        """Leaves as a client does that was switched off."""
        try:
            if self.connection.sock is not None:
                self.connection.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        # http.client hands the socket over when the reply closes it.
        try:
            raw = getattr(self.response.fp, "raw", None)
            if raw is not None:
                raw._sock.shutdown(socket.SHUT_RDWR)
        except (OSError, AttributeError):
            pass
        self.join(5)
        self.connection.close()
