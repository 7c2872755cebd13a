"""The classroom in a real browser: a class of four is created, played and debriefed; the sandbox answers."""

import csv
import http.client
import io
import os
import re
import shutil
import signal
from pathlib import Path

import pytest

from .classroom_server import Server

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
SHOTS = os.environ.get("STANDOFF_SHOTS")  # a folder for pictures of the pages, to be looked at
EVIL = "<img src=x onerror=alert()>"
DAN = "Dan" if SHOTS else EVIL  # pictures are for documents
SEATS = {"Ada": "The US administration", "Bo": "Beijing", "Cleo": "Nvidia", DAN: "Huawei"}
PATIENCE = 30_000  # ms; a loaded machine is slow

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine: .ci/run installs it"),
]


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
        page.on("dialog", lambda dialog: errors.append(dialog.message))
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(server.address + path)
        return page

    yield make
    for context in contexts:
        context.close()
    assert {host for host in hosts if not host.startswith(("data:", "blob:"))} == {server.address}
    assert errors == []
    assert "Traceback" not in server.told()


def shot(page, name):
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)


def chosen_from(page, label, words):
    page.get_by_label(label).click()
    page.get_by_role("option", name=re.compile(words)).click()


def created(teacher, months, scenario="April 2025"):
    """Fill in the form and return the code of the new class."""
    chosen_from(teacher, "Scenario", scenario)
    teacher.get_by_label("Months").fill(str(months))
    teacher.get_by_label("Seconds for a decision").fill("0")
    shot(teacher, "create")
    teacher.get_by_role("button", name="Create the class").click()
    teacher.get_by_text("Students take their seats.").wait_for()
    return teacher.url.rpartition("/")[2]


def seated(page, name, seat):
    page.get_by_label("Your name").fill(name)
    page.get_by_role("radio", name=seat).click()
    page.get_by_role("button", name="Take this seat").click()
    page.get_by_role("heading", name=re.compile(f"^{seat}: ")).wait_for()


def until(page, words):
    """Wait until the line of the page that tells what is going on says so."""
    page.get_by_role("status").filter(has_text=re.compile(words)).first.wait_for()


def told(page):
    return page.get_by_role("status").first.inner_text()


def mark(page, wanted):
    """Mark the option that `wanted` makes of the labels, and return it."""
    radios = page.get_by_role("radio")
    radios.first.wait_for()
    labels = [radios.nth(i).get_attribute("aria-label") for i in range(radios.count())]
    place = wanted(labels)
    radios.nth(place).click()
    return labels[place]


def send(page):
    page.get_by_role("button", name=re.compile("^(Move|Send the offer|Answer)$")).click()


def best(labels):
    """Return the place of the move with the largest figure, of the first offer by which both gain, or of accepting."""
    if labels[0].startswith("accept"):
        return 0
    if labels[0].startswith("offer nothing"):
        return next(i for i, label in enumerate(labels) if "both gain" in label)
    return max(range(len(labels)), key=lambda i: float(re.search(r"\((-?[\d.]+)\)$", labels[i])[1]))


def play(teacher, students):
    """Let everybody who is asked choose, until a month is over; return what was chosen at the table."""
    month, at_table = told(teacher).partition(".")[0], []
    while told(teacher).startswith(month):
        for page in students:
            if re.match("Your (move|offer|answer)", asked := told(page)):
                label = mark(page, best)
                send(page)
                page.wait_for_function(
                    "([old]) => document.querySelector('[role=status]').innerText != old", arg=[asked]
                )
                if "move" not in asked:
                    shot(page, "table")
                    at_table.append(label)
        teacher.wait_for_timeout(200)
    return at_table


def test_a_class_from_its_code_to_its_debrief(server, opened):
    teacher = opened(server.teacher, 1280, 900)
    assert "key" not in teacher.url
    code = created(teacher, 12)
    students = [opened("/") for _ in SEATS]
    for page, (name, seat) in zip(students, SEATS.items(), strict=True):
        page.get_by_label("Code of your class").fill(code.lower())
        page.get_by_role("button", name="Join").click()
        seated(page, name, seat)
    ada, bo, cleo, dan = students
    teacher.get_by_text(DAN).wait_for()  # as text
    teacher.get_by_role("button", name="Begin").click()

    # one student reloads in mid-month
    until(bo, "Your move")
    shot(bo, "student-move")
    mark(bo, best)
    send(bo)
    until(ada, "Your move")
    ada.reload()
    until(ada, "Your move")
    ada.get_by_role("heading", name=re.compile("^The US administration: ")).wait_for()
    assert told(bo).startswith("Waiting")

    play(teacher, students)
    months = 1
    while not (at_table := play(teacher, students)) and months < 11:
        months += 1
    assert at_table[-1].startswith("accept")
    shot(teacher, "teacher")
    shot(cleo, "student-waits")
    teacher.get_by_role("cell", name="accepted").first.wait_for()

    # pause and go on
    teacher.get_by_role("button", name="Pause").click()
    until(dan, "paused")
    teacher.get_by_role("button", name="Go on").click()
    until(teacher, "Waiting for")

    # the debrief
    teacher.get_by_role("button", name="End the game").click()
    teacher.get_by_role("button", name="End it").click()
    until(teacher, "The game is over")
    stranger = opened(f"/debrief/{code}")
    stranger.get_by_role("heading", name="Not open").wait_for()
    teacher.get_by_role("button", name="Open the debrief").click()
    with teacher.expect_download() as download:
        teacher.get_by_role("button", name="Download all choices as CSV").click()
    rows = list(csv.DictReader(io.StringIO(Path(download.value.path()).read_text("utf-8"))))
    assert len({row["month"] for row in rows}) == 12
    assert [row["choice"] for row in rows if row["kind"] == "answer" and row["by"] == "student"] == ["accept"]
    assert not any("alert" in str(row) for row in rows)
    teacher.get_by_role("button", name="Play it again").click()
    teacher.get_by_text("One history is one luck").wait_for()
    shot(teacher, "debrief")
    ada.get_by_role("link", name="Open the debrief").click()
    ada.get_by_role("heading", name="Regret of each move").wait_for()


def picture(page):
    return page.locator("canvas").first.evaluate("canvas => canvas.toDataURL()")


def test_a_slider_changes_the_picture_and_a_link_brings_it_back(opened):
    page = opened("/sandbox", 1280, 900)
    until(page, "Drawn")
    first, before = picture(page), page.get_by_text("Fingerprint").inner_text()
    slider = page.get_by_role("slider", name=re.compile("^us retaliation"))
    slider.focus()
    for _ in range(10):
        page.keyboard.press("ArrowRight")
    page.get_by_text("us retaliation: 36").wait_for()
    until(page, "Drawn")
    page.wait_for_timeout(500)
    shot(page, "sandbox")
    moved, after = picture(page), page.get_by_text("Fingerprint").inner_text()
    assert moved != first
    assert after != before
    shared = page.get_by_role("link", name=re.compile("us_retaliation=36")).get_attribute("href")

    again = opened(shared, 1280, 900)
    again.get_by_text(after).wait_for()
    until(again, "Drawn")
    again.wait_for_timeout(500)
    assert picture(again) == moved

    wrong = opened("/sandbox?us_retaliation=1e9")
    wrong.get_by_text("out of range").wait_for()
    page.get_by_role("button", name="Where the fold is").click()
    page.get_by_text("us retaliation: 60").wait_for()
    until(page, "Drawn")
    page.wait_for_timeout(1500)
    shot(page, "sandbox-fold")


def tabbed(page, role, name):
    """Press Tab until something of this role and name has the focus."""
    for _ in range(60):
        page.keyboard.press("Tab")
        focused = page.evaluate(
            "(({tagName, role, ariaLabel, innerText}) => [role || tagName.toLowerCase(), ariaLabel || innerText])"
            "(document.activeElement)"
        )
        if focused[0] == role and re.search(name, focused[1], re.IGNORECASE):
            return
    raise AssertionError(f"no {role} {name} is reached by Tab")


def test_a_student_needs_no_mouse(server, opened):
    teacher = opened(server.teacher, 1280, 900)
    code = created(teacher, 2)
    page = opened("/")
    page.get_by_role("button", name="Join").wait_for()
    tabbed(page, "input", "Code of your class")
    page.keyboard.type(code)
    page.keyboard.press("Enter")
    page.get_by_label("Your name").wait_for()
    tabbed(page, "input", "Your name")
    page.keyboard.type("Bo")
    tabbed(page, "radio", "^Beijing$")
    page.keyboard.press("Space")
    tabbed(page, "button", "Take this seat")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name=re.compile("^Beijing: ")).wait_for()
    teacher.get_by_role("button", name="Begin").click()
    until(page, "Your move")
    tabbed(page, "radio", "")
    page.keyboard.press("Space")
    tabbed(page, "button", "^Move$")
    page.keyboard.press("Enter")
    until(teacher, "month 2")


def test_a_server_that_is_killed_in_mid_month_comes_back_as_it_was(server, opened):
    teacher = opened(server.teacher, 1280, 900)
    code = created(teacher, 2)
    bo, ada = opened(f"/class/{code}"), opened(f"/class/{code}")
    seated(bo, "Bo", "Beijing")
    seated(ada, "Ada", "The US administration")
    teacher.get_by_role("button", name="Begin").click()
    until(bo, "Your move")
    mark(bo, best)
    send(bo)
    until(ada, "Your move")
    for page in (bo, ada, teacher):
        page.evaluate("window.shownBefore = true")
    server.end(signal.SIGKILL)
    again = Server(server.store, server.port)
    try:
        for page in (bo, ada, teacher):  # the old page still shows the old words
            page.wait_for_function("!window.shownBefore")
        until(bo, "Waiting for the US")
        until(ada, "Your move")
        mark(ada, best)
        send(ada)
        until(bo, "Your")
        until(teacher, "month 2")
    finally:
        again.end()
    assert again.process.returncode == 3
    assert "goes on" in again.told()


def test_ill_will_is_refused(server, opened):
    teacher = opened(server.teacher, 1280, 900)
    code = created(teacher, 2)
    stranger = opened("/teach")
    stranger.get_by_text("Open the link for the teacher").wait_for()
    stranger.goto(f"{server.address}/teach?key=wrong")
    stranger.get_by_text("Open the link for the teacher").wait_for()
    stranger.goto(f"{server.address}/teach/{code}")
    stranger.get_by_text("Open the link for the teacher").wait_for()
    stranger.goto(f"{server.address}/class/..%2Fsecrets")
    stranger.goto(f"{server.address}/class/ABCDEF")
    stranger.get_by_text("there is no class ABCDEF").wait_for()
    ada = opened(f"/class/{code}")
    seated(ada, "Ada", "Beijing")
    stranger.goto(f"{server.address}/class/{code}")
    stranger.get_by_label("Your name").fill("Eve")
    stranger.get_by_role("radio", name="Beijing (taken)").click()
    stranger.get_by_role("button", name="Take this seat").click()
    stranger.get_by_text("The seat beijing is taken").wait_for()
    teacher.get_by_text("Beijing: Ada").wait_for()

    def post(headers, body):
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        try:
            connection.request("POST", "/class/" + code, body, headers)
            return connection.getresponse().status
        except (BrokenPipeError, ConnectionResetError):
            return "cut"
        finally:
            connection.close()

    assert post({}, b"x") == 405
    assert post({}, b"x" * 20_000_000) in (413, "cut")
    assert post({"Content-Length": "99999999999"}, b"x") == 413
