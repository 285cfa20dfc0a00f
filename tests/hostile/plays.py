"""
The attacks that need more than one run: on files while they are loaded, and
on the host's own ends.
"""
import json
import os
import shutil
import threading

from scn.host import wait_until
from scn.text import Failure

LOADS = 334             # in each of three ways
STEP = 512


class Flip(threading.Thread):
    """Changes a file, one way after the other, until it is told to stop."""

    def __init__(self, change):
        super().__init__(daemon=True)
        self.change = change
        self.over = threading.Event()

    def run(self):
        while not self.over.is_set():
            self.change()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.join()


def replace(path, bytes_):
    with open(path + ".new", "wb") as file:
        file.write(bytes_)
    os.chmod(path + ".new", 0o644)
    os.rename(path + ".new", path)


class Plays:
    # --- ends ---

    def play_cancel_ignored(self):
        run = self.execute("/hostile ignore_signals", None, 60)
        wait_until(10 * self.slack, "it runs",
                   lambda: self.run(run)["status"] == "RUNNING")
        self.door.send("POST", "/api/runs/%s/cancel" % run)
        return self.outcome(self.wait_end(run))

    def play_shutdown_ignored(self):
        """The host ends in its time whatever runs, and starts again."""
        run = self.execute("/hostile loop", None, 600)
        wait_until(10 * self.slack, "it runs",
                   lambda: self.run(run)["status"] == "RUNNING")
        code = self.stop()
        self.start()
        self.door.send("POST", "/api/runs/%s/cancel" % run)
        self.wait_end(run)
        return "stopped", "exit code %s" % code

    # --- what isn't loaded ---

    def judged(self, name, bytes_):
        """A file that wasn't there before: (state, error) of its plugin."""
        replace(os.path.join(self.plugins, name), bytes_)
        reply = self.door.send("POST", "/api/actions/plugin_install",
                               json.dumps({"file": name}))
        os.unlink(os.path.join(self.plugins, name))
        return "refused" if reply.status != 200 else reply.json["state"], \
            reply.json.get("error") or ""

    def all_refused(self, variants):
        """None of them is in use, and each was answered for."""
        count = 0
        for n, bytes_ in enumerate(variants):
            state, error = self.judged("variant.so", bytes_)
            if state == "enabled" or (state == "refused" and not error):
                raise Failure("variant %d is %s: %s" % (n, state, error))
            count += 1
        return "refused", "%d variants, none enabled" % count

    def object(self):
        with open(os.path.join(self.plugins, "escape.so"), "rb") as file:
            return file.read()

    def play_other_abi(self):
        path = os.path.join(self.folder, "abi.so")
        words = []
        for needs in ("RH_VERSION(9, 0)", "RH_VERSION(1, 99)"):
            self.compile("abi.c", path, "-shared", "-fPIC",
                         "-DNEEDS=" + needs)
            with open(path, "rb") as file:
                state, error = self.judged("abi.so", file.read())
            if state != "refused":
                return state, error
            words.append(error)
        return "refused", "; ".join(words)

    def play_mutated(self):
        whole = self.object()
        return self.all_refused(
            whole[:at] + bytes([whole[at] ^ 0xff]) + whole[at + 1:]
            for at in range(0, len(whole), STEP))

    def play_truncated(self):
        whole = self.object()
        return self.all_refused(whole[:at]
                                for at in range(STEP, len(whole), STEP))

    # --- exchanged while it is loaded ---

    def twins(self):
        """The plugin that is enabled, and one of other bytes."""
        good = self.shared("who.c", "who", "-DWHO=\"good\"")
        with open(good, "rb") as file:
            first = file.read()
        if self.door.action("plugin_install",
                            {"file": "who.so"})["state"] != "enabled":
            self.door.action("plugin_enable", {"id": "who"})
        other = os.path.join(self.folder, "other.so")
        self.compile("who.c", other, "-shared", "-fPIC", "-DWHO=\"evil\"")
        with open(other, "rb") as file:
            return good, first, file.read()

    def loads(self, change):
        """Each run ends its worker, so each is another load."""
        counts = {}
        with Flip(change):
            for _ in range(LOADS):
                record = self.wait_end(self.execute("/who"))
                said = (record["stdout"] or record["error"] or "").strip()
                counts[said] = counts.get(said, 0) + 1
        if set(counts) != {"good"}:
            return "FAILED", "loaded: %s" % counts
        return "SUCCEEDED", "%d loads, all of the enabled bytes" % LOADS

    def play_swapped(self):
        path, good, evil = self.twins()

        def change():
            replace(path, evil)
            replace(path, good)
        return self.loads(change)

    def play_in_place(self):
        path, good, evil = self.twins()

        def change():
            for bytes_ in (evil, good):
                with open(path, "r+b") as file:
                    file.write(bytes_)
        return self.loads(change)

    def play_flipped(self):
        path, good, evil = self.twins()
        other = os.path.join(self.folder, "flip.so")
        replace(other, evil)

        def change():
            os.symlink(other, path + ".new")
            os.rename(path + ".new", path)
            replace(path, good)
        result = self.loads(change)
        shutil.rmtree(other, ignore_errors=True)
        return result
