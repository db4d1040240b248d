"""The real thing, in a process of its own, on a folder of its own."""

import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from time import monotonic, sleep

COMPANION = Path(sys.executable).with_name("companion")
PATIENCE = 30


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class House:
    """`companion serve`, or another command, in `folder`; it is up when it is made, unless asked not to wait."""

    def __init__(self, folder, *arguments, command=(COMPANION,), wait=True, log="log", **environ):
        self.folder, self.log = folder, folder / log
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.command = [*command, *(arguments or ["serve"])]
        self.environ = {
            "COMPANION_OPERATOR": "Vestby Kommune",
            "COMPANION_DATA": str(folder / "data"),
            "COMPANION_BIND": f"127.0.0.1:{self.port}",
            "PORT": str(self.port),
            "TMPDIR": str(folder),
            **environ,
        }
        self.start(wait=wait)

    @property
    def database(self):
        """Where it keeps everything; a demo, below the folder for temporary files."""
        return next(self.folder.glob("companion-demo-*/companion.db"), self.folder / "data" / "companion.db")

    def start(self, *, wait=True):
        outside = {name: value for name, value in os.environ.items() if not name.startswith("COMPANION_")}
        with open(self.log, "a") as log:
            self.process = subprocess.Popen(
                self.command, cwd=self.folder, env=outside | self.environ, stdout=log, stderr=log
            )
        if wait:
            self.wait()

    def wait(self):
        """Until it answers."""
        deadline = monotonic() + PATIENCE
        while True:
            try:
                urllib.request.urlopen(self.url + "/promise", timeout=PATIENCE).close()
                return
            except urllib.error.URLError:
                assert self.process.poll() is None, self.said()
                assert monotonic() < deadline
                sleep(0.02)

    def stop(self, how=signal.SIGTERM):
        """Ask it to stop; the status it ends with."""
        self.process.send_signal(how)
        return self.process.wait(PATIENCE)

    def kill(self):
        """As when the power goes: the parent and its workers at once."""
        for pid in (self.process.pid, *self.workers()):
            os.kill(pid, signal.SIGKILL)
        self.process.wait(PATIENCE)

    def workers(self):
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(pid) for pid in children.split()]

    def close(self):
        """Be gone, in whatever state."""
        if self.process.poll() is None:
            self.stop()

    def said(self):
        return self.log.read_text()
