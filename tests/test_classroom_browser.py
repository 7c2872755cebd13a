"""The classroom in a real browser: a class of four is created, played and debriefed; the sandbox answers."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
SHOTS = os.environ.get("STANDOFF_SHOTS")  # a folder for pictures of the pages, to be looked at
SEATS = {"Ada": "The US administration", "Bo": "Beijing", "Cleo": "Nvidia", "Dan": "Huawei"}
PATIENCE = 10_000  # ms; a loaded machine is slow

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine: .ci/run installs it"),
]


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


@pytest.fixture
def server(tmp_path):
    running = Server(tmp_path / "classes")
    yield running
    if running.process.poll() is None:
        running.end()


@pytest.fixture(scope="module")
def browser():
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as engine:
        chromium = engine.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture
def opened(browser, server):
    """Open pages, each in a browser of its own; at the end nothing was asked of any other host, and nothing failed."""
    contexts, hosts, errors = [], set(), []

    def make(path, width=390, height=844):
        context = browser.new_context(viewport={"width": width, "height": height}, accept_downloads=True)
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: hosts.add(re.sub(r"^(\w+:(?://[^/]*)?).*", r"\1", request.url)))
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(server.address + path)
        return page

    yield make
    for context in contexts:
        context.close()
    assert {host for host in hosts if not host.startswith(("data:", "blob:"))} == {server.address}
    assert errors == []
    assert "Traceback" not in server.told()


def shot(page, name, full=True):
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}.png", full_page=full)


def created(teacher, months, timer=0):
    """Fill in the form and return the code of the new class."""
    teacher.get_by_label("Months").fill(str(months))
    teacher.get_by_label("Seconds for a decision").fill(str(timer))
    shot(teacher, "create")
    teacher.get_by_role("button", name="Create the class").click()
    teacher.get_by_text("Students take their seats.").wait_for()
    return teacher.url.rpartition("/")[2]


def seated(page, name, seat):
    page.get_by_label("Your name").fill(name)
    page.get_by_role("radio", name=seat, exact=True).click()
    page.get_by_role("button", name="Take this seat").click()
    try:
        page.get_by_role("heading", name=re.compile(f"^{seat}: ")).wait_for()
    except Exception:
        shot(page, "fail")
        raise


def status(page):
    return page.get_by_role("status").first


def move(page, option="hold"):
    page.get_by_role("radio", name=re.compile(f"^{option}")).first.click()
    page.get_by_role("button", name=re.compile("^(Move|Send the offer|Answer)$")).click()


def wait_status(page, text):
    page.wait_for_function(
        "([text]) => document.querySelector('[role=status]')?.innerText.match(text)", arg=[text], timeout=PATIENCE
    )


def test_a_class_of_four(server, opened):
    teacher = opened(server.teacher, 1280, 900)
    assert "key" not in teacher.url
    code = created(teacher, 2)
    students = {name: opened(f"/class/{code}") for name in SEATS}
    shot(students["Ada"], "join")
    for name, seat in SEATS.items():
        seated(students[name], name, seat)
    teacher.get_by_role("button", name="Begin").click()
    ada, bo, cleo, dan = students.values()
    wait_status(bo, "Your move")
    shot(bo, "student-move")
    move(bo)
    wait_status(ada, "Your move")
    ada.get_by_role("radio", name=re.compile("^hold")).click()
    ada.reload()
    wait_status(ada, "Your move")
    move(ada)
    shot(teacher, "teacher-month-1")
    wait_status(cleo, "Your move")
    move(cleo)
    move(dan)
    wait_status(bo, "Your move")
    shot(teacher, "teacher-month-2")
    shot(ada, "student-waits")
    teacher.get_by_role("button", name="End the game").click()
    teacher.get_by_role("button", name="End it").click()
    wait_status(teacher, "The game is over")
    teacher.get_by_role("button", name="Open the debrief").click()
    with teacher.expect_download() as download:
        teacher.get_by_role("button", name="Download all choices as CSV").click()
    print(Path(download.value.path()).read_text())
    teacher.get_by_role("button", name="Play it again").click()
    teacher.get_by_text("One history is one luck").wait_for()
    shot(teacher, "debrief")
    sand = opened("/sandbox", 1280, 900)
    sand.get_by_text("Drawn.").wait_for()
    shot(sand, "sandbox")
