"""
The attacks that need more than one run: on files while they are loaded, and
on the host's own ends.
"""
import json
import os
import re
import struct
import threading
import time
from collections import Counter

from scn.host import wait_until
from scn.text import Failure

STOP_S = 2.5            # run.drain_s, run.grace_ms, and a second
LOADS = 334             # in each of three ways
LOOK_EVERY = 5          # of them the host reads the file again
SEEN = ("good", "other", "refused")
MUTATIONS = 150
STEP = 512              # bytes between two cuts, or changes
PT_LOAD = 1


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


BY_ELF, BY_WORKER, RAN, CRASHED = ("by ELF", "in its worker", "ran",
                                   "crashed")
ENDS = {"SUCCEEDED": (RAN, "^$"),
        "FAILED": (CRASHED, "^(crashed|killed) SIG|^exited |^returned "),
        "TIMEOUT": (CRASHED, "^no end within ")}


class Variants:
    """
    Objects that are wrong in one place, each installed, and enabled and run
    if the host takes it.  Their names are nobody's, so that nothing but
    their bytes is in the way.
    """

    def __init__(self, plays):
        self.plays = plays
        path = os.path.join(plays.folder, "variant.so")
        plays.compile("who.c", path, "-shared", "-fPIC",
                      "-fvisibility=hidden", "-DID=\"variant\"",
                      "-DWHO=\"good\"")
        with open(path, "rb") as file:
            self.whole = file.read()
        self.counts = dict.fromkeys((BY_ELF, BY_WORKER, RAN, CRASHED), 0)
        if self.judge("unchanged", self.whole) != RAN:
            raise Failure("the object itself doesn't run")
        self.counts[RAN] = 0

    def loaded(self):
        """[from, to) of the bytes that are mapped, a segment each."""
        at, = struct.unpack_from("<Q", self.whole, 32)
        count, = struct.unpack_from("<H", self.whole, 56)
        segments = [struct.unpack_from("<IIQQQQ", self.whole, at + n * 56)
                    for n in range(count)]
        return [(begin, begin + size)
                for kind, _, begin, _, _, size in segments if kind == PT_LOAD]

    def places(self):
        """So many, of what the loader or the processor may read, and one
        in each step of the whole file."""
        all_ = [at for begin, end in self.loaded()
                for at in range(begin, end)]
        return sorted({*all_[::max(1, len(all_) // MUTATIONS)],
                       *range(0, len(self.whole), STEP)})

    def judge(self, what, bytes_):
        status, reply = self.plays.install("variant.so", bytes_)
        error = reply.get("error") or ""
        if status == 200 and not error:
            how = self.run(what, reply)
        elif "already that of" in error or not error:
            raise Failure("%s: nobody looked at it: %s" % (what, error))
        else:
            how = BY_ELF if status == 422 else BY_WORKER
        self.counts[how] += 1
        return how

    def run(self, what, plugin):
        """What was taken may be run: it ends alone."""
        door, id_ = self.plays.door, plugin["id"]
        if plugin["state"] != "enabled":
            door.action("plugin_enable", {"id": id_,
                                          "digest": plugin["digest"]})
        record = self.plays.wait_end(self.plays.execute(
            plugin["commands"][0], None, 2))
        door.action("plugin_remove", {"id": id_})
        how, pattern = ENDS.get(record["status"], ("", "$^"))
        if not re.search(pattern, record["error"] or ""):
            raise Failure("%s: its run ended %s: %s" %
                          (what, record["status"], record["error"]))
        return how

    def verdict(self):
        count = self.counts
        return "judged", "%d by ELF, %d in its worker, %d taken: %d ran, " \
            "%d crashed" % (count[BY_ELF], count[BY_WORKER],
                            count[RAN] + count[CRASHED], count[RAN],
                            count[CRASHED])


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
        began = time.monotonic()
        code = self.stop()
        took = time.monotonic() - began
        self.start()
        self.door.send("POST", "/api/runs/%s/cancel" % run)
        self.wait_end(run)
        return "stopped" if took < STOP_S * self.slack else "late", \
            "exit code %s after %.1f s" % (code, took)

    def play_stays(self):
        """A thread that goes on, a destructor that does: both at an exit,
        and when the plugin isn't needed any more."""
        self.shared("who.c", "stays", "-DWHO=\"stays\"", "-DSTAYS",
                    "-DID=\"stays\"")
        found = self.door.action("plugin_install", {"file": "stays.so"})
        if found["state"] != "enabled":
            self.door.action("plugin_enable", {"id": "stays"})
        ends = [self.wait_end(self.execute("/stays" + words, None, 2))
                for words in ("", " are exit", "")]
        self.door.action("plugin_remove", {"id": "stays"})
        os.unlink(os.path.join(self.plugins, "stays.so"))
        wait_until(STOP_S * self.slack, "its workers are gone",
                   lambda: 'runhost_workers{plugin="stays"} 0\n' in
                   self.door.send("GET", "/metrics").text)
        return "gone", " ; ".join(
            (end["error"] or end["stdout"]).strip() for end in ends)

    def play_stdout_flood(self):
        record = self.wait_end(self.execute("/hostile stdout_flood"))
        kept = len(record["stdout"] or "")
        return record["status"], "%s %d bytes kept of 1 GiB%s" % (
            record["error"] or "printed:", kept,
            ", truncated" if record["truncated"] else "")

    def play_backwards(self):
        """Nobody is shown progress that went back."""
        run = self.execute("/hostile progress_backwards")
        record = self.wait_end(run)
        page = self.door.send("GET", "/api/runs/%s/events" % run).json
        return record["status"], " ".join(
            str(event["payload"]["percent"]) for event in page["events"])

    # --- claims ---

    def append(self, run, token):
        """What the plugin hears that appends to a run by this token."""
        record = self.wait_end(self.execute(
            "/hostile call_any run_append_result " + json.dumps({
                "target_run_id": run, "runtime_id": "afar",
                "claim_token": token, "sequence": 1,
                "event_type": "hostile.was.here", "data": {}})))
        said = record["stdout"] or record["error"] or ""
        match = re.search(r'^(\d+) .*"error":"(.*?)".*"([A-Z_]+)"}', said)
        return "%s %s, %s" % match.group(1, 3, 2) if match else said

    def claim(self, run):
        claimed = self.door.action("run_claim", {"runtime_id": "afar",
                                                 "queue_name": "far"})
        if claimed is None or claimed["run_id"] != run:
            raise Failure("claimed isn't %s: %s" % (run, claimed))
        return {"target_run_id": run, "runtime_id": "afar",
                "claim_token": claimed["claim_token"]}

    def play_replayed(self):
        """An earlier claim's token, another's, and that of an ended run."""
        action = self.door.action
        action("runtime_register", {"runtime_id": "afar", "capacity": 1})
        run = action("run_create", {
            "runner_id": "plugin:org.example/far/away",
            "queue_name": "far"})["run_id"]
        first = self.claim(run)
        action("run_release_claim", first)
        second = self.claim(run)
        words = [self.append(run, first["claim_token"]),
                 self.append(run, second["claim_token"])]
        action("run_append_result", {**second, "sequence": 1, "data": {},
                                     "event_type": "holder.was.here"})
        action("run_finalize", {**second, "status": "completed"})
        words.append(self.append(run, second["claim_token"]))
        page = self.door.send("GET", "/api/runs/%s/events" % run).json
        kinds = [event["event_type"] for event in page["events"]]
        if kinds != ["holder.was.here"]:
            raise Failure("the run's events are %s" % kinds)
        return "SUCCEEDED", " ; ".join(words)

    # --- what isn't loaded ---

    def install(self, name, bytes_):
        """A file that wasn't there before: status and body of the reply."""
        replace(os.path.join(self.plugins, name), bytes_)
        reply = self.door.send("POST", "/api/actions/plugin_install",
                               json.dumps({"file": name}))
        os.unlink(os.path.join(self.plugins, name))
        return reply.status, reply.json

    def play_other_abi(self):
        path = os.path.join(self.folder, "abi.so")
        words = []
        for needs in ("RH_VERSION(9, 0)", "RH_VERSION(1, 99)"):
            self.compile("abi.c", path, "-shared", "-fPIC",
                         "-DNEEDS=" + needs)
            with open(path, "rb") as file:
                status, reply = self.install("abi.so", file.read())
            if status == 200:
                return reply["state"], reply["error"] or ""
            words.append(reply["error"])
        return "refused", "; ".join(words)

    def play_mutated(self):
        variants = Variants(self)
        for at in variants.places():
            byte = bytes([variants.whole[at] ^ 0xff])
            variants.judge("byte %d changed" % at, variants.whole[:at] +
                           byte + variants.whole[at + 1:])
        return variants.verdict()

    def play_truncated(self):
        """What isn't whole where it is loaded is refused before that."""
        variants = Variants(self)
        end = max(end for _, end in variants.loaded())
        for at in range(STEP, len(variants.whole), STEP):
            how = variants.judge("cut at %d" % at, variants.whole[:at])
            if at < end and how != BY_ELF:
                raise Failure("cut at %d of %d that are loaded: %s" %
                              (at, end, how))
        return variants.verdict()

    # --- exchanged while it is loaded ---

    def twins(self):
        """The plugin that is enabled, and one of other bytes."""
        good = self.shared("who.c", "who", "-DWHO=\"good\"")
        with open(good, "rb") as file:
            first = file.read()
        found = self.door.action("plugin_install", {"file": "who.so"})
        self.good = found["digest"]
        if found["state"] != "enabled":
            self.door.action("plugin_enable", {"id": "who",
                                               "digest": self.good})
        other = os.path.join(self.folder, "other.so")
        self.compile("who.c", other, "-shared", "-fPIC", "-DWHO=\"evil\"")
        with open(other, "rb") as file:
            return good, first, file.read()

    def look_again(self):
        """The host reads the file as it is now: how that was answered.
        Whatever it found, nothing else than what was is in use."""
        reply = self.door.send("POST", "/api/actions/plugin_install",
                               json.dumps({"file": "who.so"}))
        used = [item["digest"]
                for item in self.door.action("plugin_list", {})["items"]
                if item["id"] == "who" and item["state"] == "enabled"]
        if used != [self.good]:
            raise Failure("in use are %s, not %s; install was answered "
                          "%d %s" % (used, self.good, reply.status, reply.text))
        if reply.status != 200:
            return "refused"
        return "good" if reply.json["digest"] == self.good else "other"

    def loads(self, change):
        """Each run ends its worker, so each is another load."""
        said, seen = Counter(), Counter()
        with Flip(change):
            for n in range(LOADS):
                record = self.wait_end(self.execute("/who"))
                said[(record["stdout"] or record["error"] or "").strip()] += 1
                if n % LOOK_EVERY == 0:
                    seen[self.look_again()] += 1
        if set(said) != {"good"}:
            return "FAILED", "loaded: %s" % dict(said)
        return "SUCCEEDED", "%d loads, all of the enabled bytes; seen: %s" % (
            LOADS, " ".join("%d %s" % (seen[how], how) for how in SEEN))

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
        os.unlink(other)
        return result
