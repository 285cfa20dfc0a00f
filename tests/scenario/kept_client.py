"""
A client of the actions that keeps its connection.
"""
import http.client
import json
import urllib.parse

SECONDS = 40            # for one answer


class Client:
    """One connection that is kept."""

    def __init__(self, url, token):
        where = urllib.parse.urlsplit(url)
        self.connection = http.client.HTTPConnection(
            where.hostname, where.port, timeout=SECONDS)
        self.headers = {"Authorization": "Bearer " + token,
                        "Content-Type": "application/json"}

    def post(self, action, body):
        """(status, parsed answer)"""
        self.connection.request("POST", "/api/actions/" + action, body,
                                self.headers)
        response = self.connection.getresponse()
        text = response.read()
        return response.status, json.loads(text.decode("utf-8"))

    def ask(self, action, **fields):
        return self.post(action, json.dumps(fields).encode())

    def ok(self, action, **fields):
        status, answer = self.ask(action, **fields)
        assert status == 200, (action, fields, status, answer)
        return answer
