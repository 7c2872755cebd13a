"""`standoff serve`: the server of the classroom. One process, no requests to anywhere."""

import asyncio
import os
import re
import socket
from argparse import Namespace
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NoReturn

from ...world.checks import BadInput
from ..endings import Stopped
from ..settings import make_settings
from .room import Rooms
from .store import Store

MOST_BYTES = 1_000_000  # of a request; nothing that a page sends comes near
TICK = 0.5  # seconds between two looks at all timers


def serve_asked(arguments: Namespace) -> NoReturn:
    """Do what `standoff serve` asks, until Ctrl-C."""
    if find_spec("nicegui") is None:
        raise BadInput("`standoff serve` needs the extra 'web': install standoff[web], or NiceGUI itself")
    port = port_number(arguments.port)
    free_port(arguments.host, port)
    store = Store(Path(arguments.store))
    print(f"The classes are kept in '{store.folder}'. Ctrl-C ends; nothing is lost.")
    print("Getting the model ready ...", flush=True)
    warm_up()
    everywhere = arguments.host in ("0.0.0.0", "::", "")  # noqa: S104
    shown = own_address() if everywhere else arguments.host
    where = f"http://{f'[{shown}]' if ':' in shown else shown}:{port}"
    print(f"Teacher:  {where}/teach?key={store.teacher_key}\nStudents: {where}/")
    if shown.startswith("127."):
        print("Only this machine reaches it there; for a network: --host 0.0.0.0")
    print(f"Sandbox:  {where}/sandbox", flush=True)
    with suppress(KeyboardInterrupt):  # which the web server may keep to itself as it ends
        run_site(store, arguments.host, port)
    raise Stopped(f"the classes are kept; `standoff serve --store {store.folder}` goes on")


def port_number(text: str) -> int:
    """Return the port that is meant.

    >>> port_number("8080")
    8080
    """
    if not re.fullmatch(r"\d{1,5}", text, re.ASCII) or not 1 <= int(text) <= 65535:
        raise BadInput(f"--port: '{text}' is not a whole number from 1 to 65535")
    return int(text)


def free_port(host: str, port: int) -> None:
    """Raise BadInput unless this machine can listen there."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as listener:
            if os.name == "posix":  # as the server will: a port just left is free
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise BadInput(f"cannot listen on --host {host} --port {port}: {reason}") from None


def own_address() -> str:
    """Return the address under which others on the network reach this machine; 127.0.0.1 without a network."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as anyone:
        try:
            anyone.connect(("192.0.2.1", 9))  # of no machine (RFC 5737): chooses a way, sends nothing
        except OSError:
            return "127.0.0.1"
        return str(anyone.getsockname()[0])


def warm_up() -> None:
    """Compile the kernel before anybody waits for it."""
    from ..history import play_history

    play_history(make_settings(months=1))


def run_site(store: Store, host: str, port: int) -> None:
    """Serve until told to end."""
    os.environ["NICEGUI_STORAGE_PATH"] = str(store.folder / "nicegui")  # it would be .nicegui in the current folder
    from nicegui import ui

    build_site(Rooms(store))
    ui.run(
        host=host,
        port=port,
        title="Standoff",
        language="en-US",
        storage_secret=store.cookie_secret,
        reload=False,
        show=False,
        show_welcome_message=False,
        tailwind=False,
        favicon="♟",
        reconnect_timeout=20.0,  # a phone that was put aside finds its page as it left it
        timeout_graceful_shutdown=2,
    )


def build_site(rooms: Rooms) -> None:
    """Make all pages."""
    from nicegui import app

    from . import debrief_page, sandbox, student, teacher, widgets

    widgets.look()
    student.register(rooms)
    teacher.register(rooms)
    debrief_page.register(rooms)
    sandbox.register()
    app.add_middleware(BodyLimit)

    async def tick() -> None:
        await asyncio.to_thread(rooms.tick)

    app.timer(TICK, tick)


class BodyLimit:
    """Refuses requests with bodies that nothing here would send."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Pass a request on, or refuse it with 413; a body of unknown length is counted as it comes."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        lengths = [value for name, value in scope["headers"] if name == b"content-length"]
        if any(not value.isdigit() or int(value) > MOST_BYTES for value in lengths):
            await refuse(send)
            return
        counted = 0

        async def limited() -> Any:
            nonlocal counted
            message = await receive()
            counted += len(message.get("body", b""))
            return {"type": "http.disconnect"} if counted > MOST_BYTES else message

        await self.app(scope, limited, send)


async def refuse(send: Any) -> None:
    """Answer 413."""
    await send({"type": "http.response.start", "status": 413, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": b"too large"})
