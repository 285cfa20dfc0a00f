"""
A cable between the host and its runtimes elsewhere: each side in a network
namespace of its own, a veth pair between them.  The namespaces have no names;
they are gone with the last process in them.
"""
import ctypes
import os
import shutil
import subprocess

from .text import Failure, Skipped

CLONE_NEWNET = 0x40000000
SIDES = {"host": "10.99.0.1", "runtime": "10.99.0.2"}


def unshare_net():
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "unshare")


class Cable:
    def __init__(self):
        for tool in ("ip", "nsenter"):
            if shutil.which(tool) is None:
                raise Skipped("there is no \"%s\"" % tool)
        self.holders = {}
        try:
            for side in SIDES:
                self.holders[side] = subprocess.Popen(
                    ["cat"], stdin=subprocess.PIPE,
                    stdout=subprocess.DEVNULL, preexec_fn=unshare_net)
        except subprocess.SubprocessError:
            self.close()
            raise Skipped("no network namespace may be made here") from None
        self.connect()

    def connect(self):
        try:
            self.ip("host", "link add cable type veth peer name cable netns "
                    "%d" % self.holders["runtime"].pid)
        except Failure as why:
            self.close()
            raise Skipped("no veth pair may be made here: %s" %
                          why) from None
        for side, address in SIDES.items():
            self.ip(side, "address add %s/24 dev cable" % address)
            self.ip(side, "link set lo up")
            self.ip(side, "link set cable up")

    def pids(self):
        return {holder.pid for holder in self.holders.values()}

    def prefix(self, side):
        """What a command line begins with to be run on that side."""
        return ["nsenter", "--net=/proc/%d/ns/net" % self.holders[side].pid,
                "--"]

    def ip(self, side, words):
        done = subprocess.run(self.prefix(side) + ["ip"] + words.split(),
                              stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, check=False)
        if done.returncode != 0:
            raise Failure("ip %s: %s" % (words, done.stderr.strip()))

    def close(self):
        for holder in self.holders.values():
            holder.stdin.close()
            holder.wait()


class Cabled:
    """The steps about it."""

    def do_cable(self, rest):
        """cable; cable cut [at runtime]; cable mend"""
        rest = self.spell(rest)
        if rest == "":
            if self.host.alive() or os.path.exists(self.variables["data"]):
                raise Failure("the cable comes before the first start")
            self.cable = Cable()
            self.own |= self.cable.pids()
            self.host.lives_behind(self.cable.prefix("host"), SIDES["host"])
            return
        sides = {"cut": ("host", "down"), "cut at runtime":
                 ("runtime", "down")}
        if rest in sides:
            side, state = sides[rest]
            self.cable.ip(side, "link set cable %s" % state)
        elif rest == "mend":
            for side in SIDES:
                self.cable.ip(side, "link set cable up")
        else:
            raise Failure("cable takes nothing, cut, cut at runtime or mend")
