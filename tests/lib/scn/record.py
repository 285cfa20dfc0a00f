"""
What the host has acknowledged, and the comparison of it with what the
ledger says later: nothing acknowledged may ever be lost or changed.
"""
import json
import threading

from .text import Failure

PAGE = 100


class Record:
    def __init__(self):
        self.lock = threading.Lock()
        self.runs = []          # ids that an answer 200 has named
        self.events = {}        # (run, seq) → the event as it was shown
        self.changed = []       # the same seq shown with other content

    def clear(self):
        with self.lock:
            self.runs, self.events, self.changed = [], {}, []

    def acknowledge(self, run):
        with self.lock:
            if run not in self.runs:
                self.runs.append(run)

    def see(self, run, event):
        seq, name, data = event
        shown = (name, json.dumps(data.get("payload"), sort_keys=True))
        with self.lock:
            before = self.events.setdefault((run, seq), shown)
            if before != shown:
                self.changed.append((run, seq, before, shown))

    def check(self, door):
        """Fails with the first that is missing or was changed."""
        if self.changed:
            raise Failure("run %s, event %d was shown twice and differs\n"
                          "first: %s\nthen:  %s" % self.changed[0])
        ledger = {}
        for run in list(self.runs):
            reply = door.send("GET", "/api/runs/" + run)
            if reply.status != 200:
                raise Failure("run %s was acknowledged and is lost: %d %s" %
                              (run, reply.status, reply.text))
            for event in events_of(door, run):
                payload = json.dumps(event["payload"], sort_keys=True)
                ledger[run, event["seq"]] = (event["event_type"], payload)
        for (run, seq), shown in self.events.items():
            if ledger.get((run, seq)) != shown:
                raise Failure("run %s, event %d was shown and is lost\n"
                              "shown: %s\nledger: %s" %
                              (run, seq, shown, ledger.get((run, seq))))


def events_of(door, run):
    """All events of a run by pages; fails when there is a gap."""
    events, since = [], 0
    while True:
        reply = door.send("GET", "/api/runs/%s/events?since_seq=%d&limit=%d" %
                          (run, since, PAGE))
        if reply.status != 200:
            raise Failure("events of %s: status %d\n%s" %
                          (run, reply.status, reply.text))
        for event in reply.json["events"]:
            since += 1
            if event["seq"] != since:
                raise Failure("run %s: event %d stands where %d should" %
                              (run, event["seq"], since))
            events.append(event)
        if not reply.json["has_more"]:
            return events
        if not reply.json["events"]:
            raise Failure("run %s: more events are promised, none come" % run)


def audit_rows(door, **wanted):
    """All rows of the audit log, oldest first."""
    rows, after = [], "0"
    while True:
        page = door.action("audit_list", dict(wanted, after_cursor=after,
                                              limit=1000))
        rows += page["items"]
        if not page["has_more"]:
            return rows
        after = page["next_cursor"]
