"""`standoff serve` as a process of its own, for tests."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path


class Server:
    """`standoff serve` as a process of its own."""

    def __init__(self, store, port=None):
        self.store = Path(store)
        if port is None:
            with socket.socket() as free:
                free.bind(("127.0.0.1", 0))
                port = free.getsockname()[1]
        self.port, self.address = port, f"http://127.0.0.1:{port}"
        command = [
            sys.executable,
            "-m",
            "standoff.experiments.cli",
            "serve",
            "--port",
            str(port),
            "--store",
            str(store),
        ]
        outside = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}  # NiceGUI looks
        with (self.store.parent / "server.log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, env=outside)
        until = time.monotonic() + 300  # a cold compile
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                assert self.process.poll() is None, self.told()
                assert time.monotonic() < until, self.told()
                time.sleep(0.2)
        self.teacher = re.findall(r"/teach\?key=[\w-]+", self.told())[-1]

    def told(self):
        return (self.store.parent / "server.log").read_text("utf-8")

    def end(self, how=signal.SIGINT):
        self.process.send_signal(how)
        self.process.wait(60)
