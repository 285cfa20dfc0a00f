"""Starts a host as a unit of systemd would, and listens to what it says.

    service.py UNIT RUNHOST DIR

Takes the options of ExecStart as they are, but for the places: the state
directory is DIR/state, the port is a free one.
"""
import os
import shlex
import signal
import socket
import subprocess
import sys

WATCHDOG_US = 200000


def settings(path):
    with open(path) as file:
        lines = file.read().replace("\\\n", " ").splitlines()
    return dict(line.split("=", 1) for line in lines
                if "=" in line and not line.startswith("#"))


def hears(sock, want):
    """Reads until it is said; the time-out of the socket ends that."""
    while sock.recv(4096).decode() != want:
        pass
    print(want)


def main():
    unit, runhost, work = sys.argv[1:]
    of = settings(unit)
    state = os.path.join(work, "state")
    os.mkdir(state, int(of["StateDirectoryMode"], 8))
    words = shlex.split(of["ExecStart"].replace(
        "/var/lib/" + of["StateDirectory"], state).replace(":8714", ":0"))
    notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    notify.bind(os.path.join(work, "notify"))
    notify.settimeout(30)
    env = dict(os.environ, NOTIFY_SOCKET=notify.getsockname(),
               WATCHDOG_USEC=str(WATCHDOG_US))
    host = subprocess.Popen([runhost] + words[1:], env=env,
                            stdout=subprocess.DEVNULL,
                            stderr=subprocess.DEVNULL)
    try:
        hears(notify, "READY=1")
        hears(notify, "WATCHDOG=1")
        hears(notify, "WATCHDOG=1")
        host.send_signal(signal.SIGTERM)
        hears(notify, "STOPPING=1")
        print("exit", host.wait(30))
    finally:
        if host.poll() is None:
            host.kill()
            host.wait()


if __name__ == "__main__":
    main()
