#!/usr/bin/env python3
"""
Runs scenarios and prints TAP.

	scenario.py [--jobs N] [--keep] FILE.scn...

Each scenario is one test: a process with a temporary directory and a host
of its own.  RUNHOST, TOP_SRCDIR and TOP_BUILDDIR come from the harness;
SCENARIO_SLACK stretches every deadline, for slow builds.
"""
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback

sys.dont_write_bytecode = True

# The path of the modules needs the line above first.
from scn import host as processes       # noqa: E402
from scn.steps import Steps             # noqa: E402
from scn.text import Failure, Skipped, parse    # noqa: E402

SECONDS = 90            # of a scenario, unless its file says "# seconds: N"
GRACE_S = 10            # for its cleaning up after that
SKIPPED = 77            # exit code of one that can't be played here


class TimedOut(BaseException):
    """Not an Exception: no step may take it for its own."""


def environment():
    top = os.environ.get("TOP_SRCDIR") or os.path.dirname(
        os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    build = os.environ.get("TOP_BUILDDIR") or os.path.join(top, "build")
    return {"TOP_SRCDIR": os.path.abspath(top),
            "TOP_BUILDDIR": os.path.abspath(build),
            "RUNHOST": os.environ.get("RUNHOST") or
            os.path.join(os.path.abspath(build), "runhost")}


def slack():
    return float(os.environ.get("SCENARIO_SLACK", "1"))


def head(text):
    """(title, seconds) of a scenario's first comment."""
    title = re.match(r"# (.+)", text)
    seconds = re.search(r"^# seconds: (\d+)$", text, re.M)
    return (title.group(1) if title else "no title",
            int(seconds.group(1)) if seconds else SECONDS)


# --- one scenario, in a process of its own ---

def on_alarm(number, frame):
    raise TimedOut()


def play(steps, text):
    steps.perform(parse(enumerate(text.splitlines(), 1)))
    steps.stop_runtimes()
    if steps.host.alive():
        steps.do_stop("")
    steps.host.expect_no_orphans(steps.own_processes())
    if steps.host.sanitizer_words():
        raise Failure(steps.host.sanitizer_words())


def run_one(path, keep):
    """0 when it held; else the reason is on standard output."""
    processes.become_subreaper()
    with open(path) as file:
        text = file.read()
    signal.signal(signal.SIGTERM, on_alarm)
    folder = tempfile.mkdtemp(prefix="runhost-scenario.")
    steps, why, skipped = None, None, None
    try:
        steps = Steps(environment(), folder, slack())
        play(steps, text)
    except Failure as failure:
        why = "line %s: %s\n%s" % (getattr(failure, "number", "?"),
                                   getattr(failure, "line", ""), failure)
    except TimedOut:
        why = "timed out"
    except Skipped as reason:
        skipped = str(reason)
    except Exception:           # a bug of the runner's own is a failure, too
        why = traceback.format_exc()
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if steps is not None:
        if why and steps.host.log_text():
            why += "\nthe host's log ends:\n" + steps.host.log_tail()
        if why:
            why += steps.agents_tail()
        steps.host.kill_everything()
        steps.close()
    if keep:
        print("kept: %s" % folder)
    else:
        shutil.rmtree(folder, ignore_errors=True)
    if why or skipped:
        print(why or skipped)
    return 1 if why else SKIPPED if skipped else 0


# --- all of them ---

class Job:
    def __init__(self, number, path, keep):
        self.number = number
        self.path = path
        with open(path) as file:
            self.title, seconds = head(file.read())
        self.name = os.path.splitext(os.path.basename(path))[0]
        self.output = tempfile.TemporaryFile()
        self.started = time.monotonic()
        self.deadline = self.started + seconds * slack()
        arguments = [sys.executable, os.path.abspath(__file__), "--one"]
        if keep:
            arguments.append("--keep")
        self.process = subprocess.Popen(arguments + [path],
                                        stdout=self.output,
                                        stderr=subprocess.STDOUT,
                                        stdin=subprocess.DEVNULL)
        self.told = False
        self.took = 0

    def over(self):
        """True when it has ended; late ones are told, then killed."""
        now = time.monotonic()
        if self.process.poll() is not None:
            self.took = now - self.started
            return True
        if now > self.deadline and not self.told:
            self.process.terminate()
            self.told = True
        if now > self.deadline + GRACE_S:
            self.process.kill()
        return False

    def report(self):
        self.output.seek(0)
        text = self.output.read().decode(errors="replace").rstrip()
        skipped = self.process.returncode == SKIPPED
        bad = self.process.returncode != 0 and not skipped
        print("%sok %d - %s: %s%s" % (
            "not " if bad else "", self.number, self.name, self.title,
            " # SKIP " + text.splitlines()[-1] if skipped else ""))
        print("# %s took %.1f s" % (self.name, self.took))
        for line in text.splitlines():
            print("# " + line)
        sys.stdout.flush()
        return bad


def run_all(paths, jobs, keep):
    processes.become_subreaper()
    print("1..%d" % len(paths))
    sys.stdout.flush()
    waiting = list(enumerate(paths, 1))
    running, ended, next_number, bad = [], {}, 1, 0
    while waiting or running or ended:
        while waiting and len(running) < jobs:
            running.append(Job(*waiting.pop(0), keep))
        for job in [job for job in running if job.over()]:
            running.remove(job)
            ended[job.number] = job
        while next_number in ended:
            bad += ended.pop(next_number).report()
            next_number += 1
        if running:
            time.sleep(0.02)
    # What a scenario that had to be killed left behind came to us.
    for pid in processes.descendants(os.getpid()):
        os.kill(pid, signal.SIGKILL)
    return 1 if bad else 0


def main(arguments):
    # They wait more than they work.
    jobs = (os.cpu_count() or 1) + 1
    keep, one, paths = False, False, []
    while arguments:
        word = arguments.pop(0)
        if word == "--jobs":
            jobs = int(arguments.pop(0))
        elif word == "--keep":
            keep = True
        elif word == "--one":
            one = True
        else:
            paths.append(word)
    if not paths:
        print("usage: scenario.py [--jobs N] [--keep] FILE.scn...",
              file=sys.stderr)
        return 2
    if one:
        return run_one(paths[0], keep)
    return run_all(paths, jobs, keep)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
