"""The command line: `standoff VERB`. Each verb imports what it needs, so that --help costs nothing."""

import argparse
import difflib
import io
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from ..world.checks import BadInput, known, printable
from .endings import RunError, Stopped
from .progress import say

LONGEST = 600  # characters of a complaint
LISTED = (
    "scenarios", "parameters", "doctrines", "mechanisms", "questions", "laws", "moves", "regimes", "outcomes",
)  # fmt: skip


class Parser(argparse.ArgumentParser):
    """A parser whose mistakes are bad input like any other."""

    def error(self, message: str) -> NoReturn:
        """Raise what argparse found as one line."""
        raise BadInput(message)


class VerbsOnly(argparse.RawDescriptionHelpFormatter):
    """Help whose list of verbs has no line of its own above it: all fits a screen of 24 lines."""

    def _format_action(self, action: argparse.Action) -> str:
        text = super()._format_action(action)
        return text.partition("\n")[2] if action.nargs == argparse.PARSER else text


def main(argv: Sequence[str] | None = None) -> int:
    """Do what the command line asks and return the exit code.

    0 is done, 2 bad input, 3 interrupted with work kept, 1 a fault of ours.
    """
    argv = list(sys.argv[1:] if argv is None else argv)
    # Runs go parallel here; the threads of linear algebra would only wait for each other.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by whoever started us
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115 (open to the end)
    if isinstance(sys.stdout, io.TextIOWrapper):  # a path may hold what the terminal's encoding has no words for
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        code = _ending(argv)
        sys.stdout.flush()
    except BrokenPipeError:  # whoever read has read enough
        code = 0
    except OSError as error:
        if error.errno is None:
            raise
        # Writers of files say which; what names none was being printed.
        code = 1 if error.filename else 3
        _say(f"{error.filename or 'standard output'}: {error.strerror}", code)
    _leave_quietly()
    return code


def _ending(argv: list[str]) -> int:
    """Do what the command line asks and say how it ended, if not well."""
    try:
        return _obey(argv)
    except BadInput as error:
        return _say(error, 2)
    except Stopped as stopped:
        return _say(stopped, 3)
    except KeyboardInterrupt:
        return _say("interrupted", 3)
    except RunError as error:
        return _say(error, 1)


def _leave_quietly() -> None:
    """Drop what cannot be written: Python would complain of it again at exit."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _obey(argv: list[str]) -> int:
    parser, verbs = _parsers()
    if not argv:
        parser.print_help()
        return 0
    if not argv[0].startswith("-") and argv[0] not in verbs:
        near = difflib.get_close_matches(argv[0], verbs, 1, 0.5)
        hint = f"did you mean {near[0]}? " if near else ""
        raise BadInput(f"unknown verb '{argv[0]}': {hint}allowed: {', '.join(verbs)}")
    try:
        arguments, unknown = parser.parse_known_args(argv)
    except SystemExit as done:  # --help
        return int(done.code or 0)
    if arguments.version:
        from .. import __version__

        print(f"standoff {__version__}")
        return 0
    if unknown:
        raise BadInput(_unknown(unknown, verbs.get(argv[0], parser)))
    return int(arguments.obey(arguments))


def _unknown(unknown: list[str], parser: argparse.ArgumentParser) -> str:
    option = next((text.partition("=")[0] for text in unknown if text.startswith("-")), None)
    if option is None:
        return f"unexpected argument '{unknown[0]}'"
    near = difflib.get_close_matches(option, parser._option_string_actions, 1)
    return f"unknown option '{option}': " + (f"did you mean {near[0]}?" if near else f"see {parser.prog} --help")


def _say(message: object, code: int) -> int:
    line = printable(" ".join(str(message).split()))
    if len(line) > LONGEST:  # what is wrong comes first, what is allowed last
        line = f"{line[: LONGEST // 2]} ... {line[-LONGEST // 2 :]}"
    say(f"standoff: {line}")
    return code


def _json(document: object) -> None:
    print(json.dumps(document, allow_nan=False))


# Verbs


def _list(arguments: argparse.Namespace) -> int:
    from .catalogue import LISTS, lines

    if arguments.what is None:
        entries: Any = {name: len(make()) for name, make in LISTS.items()}
        text = [f"{count:4} {name}" for name, count in entries.items()]
    else:
        entries = LISTS[known("list", arguments.what, LISTS)]()
        text = lines(entries)
    _json(entries) if arguments.format == "json" else print("\n".join(text))
    return 0


def _explain(arguments: argparse.Namespace) -> int:
    from .explain import explain, rendered

    entries = explain(" ".join(arguments.name))
    _json(entries) if arguments.format == "json" else print(rendered(entries))
    return 0


def _settings(arguments: argparse.Namespace) -> Any:
    from ..agents.doctrines import doctrines_from
    from .settings import make_settings, parse_doctrines, parse_set, whole

    return make_settings(
        arguments.scenario,
        parse_set(arguments.set),
        doctrines_from(parse_doctrines(arguments.doctrine)),
        whole("seed", arguments.seed),
        whole("months", arguments.months),
        whole("developers", arguments.developers),
        arguments.engine,
    )


def _run(arguments: argparse.Namespace) -> int:
    settings = _settings(arguments)
    folder = None if arguments.save is None else Path(arguments.save)
    from . import saved
    from .history import play_history, story

    if folder:
        saved.open_history(folder)
    months, outcomes = play_history(settings)
    picture = saved.save_history(folder, settings, months, outcomes) if folder else None
    if arguments.format == "json":
        for month in months:
            _json(month)
    else:
        print("\n".join([*story(months, outcomes), *([str(picture)] if picture else [])]))
    return 0


def _why(arguments: argparse.Namespace) -> int:
    settings = _settings(arguments)
    from .decisions import decision_lines, explain_decision

    decision = explain_decision(arguments.actor, arguments.month, settings)
    _json(decision) if arguments.format == "json" else print("\n".join(decision_lines(decision)))
    return 0


def _sweep(arguments: argparse.Namespace) -> int:
    from .asked import sweep_asked

    return sweep_asked(arguments, _json if arguments.format == "json" else None)


def _map(arguments: argparse.Namespace) -> int:
    from .maps.asked import map_asked

    return map_asked(arguments, _json if arguments.format == "json" else None)


def _equilibria(arguments: argparse.Namespace) -> int:
    from .maps.asked import equilibria_asked

    return equilibria_asked(arguments, _json if arguments.format == "json" else None)


def _mechanisms(arguments: argparse.Namespace) -> int:
    from .mechanisms.asked import mechanisms_asked

    return mechanisms_asked(arguments, _json if arguments.format == "json" else None)


def _play(arguments: argparse.Namespace) -> int:
    from .played.terminal import play_asked

    return play_asked(arguments, _json if arguments.format == "json" else None)


def _serve(arguments: argparse.Namespace) -> int:
    from .classroom.serving import serve_asked

    return serve_asked(arguments)


def _solve(arguments: argparse.Namespace) -> int:
    from .games.nfg import read_nfg
    from .games.solve import document, lines, solve

    game = read_nfg(Path(arguments.file))
    solution = solve(game)
    _json(document(game, solution)) if arguments.format == "json" else print("\n".join(lines(game, solution)))
    if solution.note:
        say(f"standoff: {solution.note}")
    return 0


def _plot(arguments: argparse.Namespace) -> int:
    from .saved import draw

    folder = Path(arguments.folder)
    try:
        pictures = [str(path) for path in draw(folder)]
    except BadInput:
        raise
    except (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError) as error:
        # What is in the folder may have been edited in more ways than a reader could name.
        raise BadInput(f"'{folder}' holds what cannot be drawn ({type(error).__name__}: {error})") from None
    _json(pictures) if arguments.format == "json" else print("\n".join(pictures))
    return 0


def _bench(arguments: argparse.Namespace) -> int:
    from .bench import run_bench

    return run_bench(arguments.format, arguments.quick, None if arguments.out is None else Path(arguments.out))


# Parsers


def _parsers() -> tuple[Parser, dict[str, Parser]]:
    parser = Parser(
        prog="standoff",
        description="Who holds the leverage? A model of the contest over chips and rare earths.",
        usage="standoff VERB [options]",
        epilog="Example: standoff sweep demo. Each verb has its own help: standoff VERB --help",
        formatter_class=lambda prog: VerbsOnly(prog, max_help_position=28),
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="store_true", help="show the version and exit")
    added = parser.add_subparsers(metavar="VERB [options]", title="verbs")
    verbs: dict[str, Parser] = {}

    def verb(name: str, does: str, usage: str, example: str, obey: Any) -> Parser:
        verbs[name] = added.add_parser(
            name,
            help=does,
            description=does[0].upper() + does[1:] + ".",
            prog=f"standoff {name}",
            usage=f"standoff {name} {usage}",
            epilog=f"Example: standoff {example}",
            formatter_class=lambda prog: argparse.RawDescriptionHelpFormatter(prog, max_help_position=28),
            allow_abbrev=False,
        )
        verbs[name].set_defaults(obey=obey)
        verbs[name].add_argument("--format", choices=("text", "json"), default="text", help="default: text")
        return verbs[name]

    new = verb("list", "what there is, a line each", "[WHAT] [options]", "list doctrines", _list)
    new.add_argument("what", nargs="?", metavar="WHAT", help=f"{', '.join(LISTED)}")

    new = verb("explain", "a name: its meaning, numbers, source and code", "NAME", "explain us_lead_value", _explain)
    new.add_argument("name", nargs="+", metavar="NAME", help="a parameter, law, move, mechanism, ...")

    new = verb("run", "one history, month by month", "[options]", "run --seed 3 --doctrine us=freeze", _run)
    _run_options(new)
    new.add_argument("--save", metavar="DIR", help="keep the history and its picture here")

    new = verb("why", "why an actor moved as it did", "ACTOR MONTH [run options]", "why beijing 2025-09 --seed 3", _why)
    new.add_argument("actor", metavar="ACTOR", help="us, beijing, nvidia, ...")
    new.add_argument("month", metavar="MONTH", help="such as 2025-09")
    _run_options(new)

    new = verb("play", "take a seat yourself", "[SAVED.json] [options]", "play --as beijing --months 12", _play)
    new.add_argument("file", nargs="?", metavar="SAVED.json", help="a game to resume")
    new.add_argument("--as", dest="seat", metavar="ACTOR", help="us (default), beijing, nvidia, japan, ...")
    new.add_argument("--scenario", metavar="S", help="where it starts (default july-2025)")
    _shared_options(new, months=None, seed=None, developers=None)
    new.add_argument("--save", metavar="FILE", help="where the game is kept (default game-ACTOR-SEED.json)")

    new = verb("serve", "a web classroom with a sandbox", "[options]", "serve --store classes", _serve)
    new.add_argument("--host", default="127.0.0.1", metavar="H", help="default 127.0.0.1; 0.0.0.0 for the network")
    new.add_argument("--port", default="8080", metavar="N", help="default 8080")
    new.add_argument("--store", default="classes", metavar="DIR", help="where classes are kept (default classes)")

    new = verb(
        "sweep",
        "many histories at every point of a design",
        "[QUESTION | FILE.toml] [options]",
        "sweep --vary us_lead_value=5:80:6 --start july-2025 --runs 200",
        _sweep,
    )
    _grid_options(new)
    new.add_argument("--design", metavar="DESIGN", help="grid (default), lhs or sobol")
    new.add_argument("--points", metavar="N", help="number of points of lhs and sobol")
    new.add_argument("--start", metavar="S[,S]", help="scenarios to start from (default july-2025)")
    new.add_argument("--scenario", dest="start", help=argparse.SUPPRESS)
    _shared_options(new, months=None, seed=None, developers=None)
    _folder_options(new)
    new.add_argument("--cluster", metavar="ADDRESS", help="play on a Dask scheduler, tcp://HOST:PORT (docs/cluster.md)")

    new = verb(
        "map",
        "regimes and equilibria over a grid, with certified regret",
        "[QUESTION | FILE.toml] [options]",
        "map --vary us_lead_value=5:80:6 --profile-runs 192",
        _map,
    )
    _grid_options(new)
    new.add_argument("--start", metavar="S[,S]", help="starts of the regime map (default calm,hot)")
    new.add_argument("--refine", action="store_true", help="play the games only near borders")
    _game_options(new)
    _shared_options(new, months=None, seed=None, developers=None)
    _folder_options(new)
    new.set_defaults(design=None, points=None)

    new = verb(
        "equilibria",
        "the game between doctrines at one point",
        "[options]",
        "equilibria --players us,beijing --save game.nfg",
        _equilibria,
    )
    new.add_argument("--players", metavar="A,B", help="default: every actor with doctrines; allies is a bloc")
    new.add_argument("--save", metavar="GAME.nfg", help="write the estimated game in Gambit's format")
    _game_options(new)
    _shared_options(new, months=None, seed=None, developers=None)
    _folder_options(new, dry_run=False)
    new.set_defaults(question=None, vary=[], start=None, runs=None, design=None, points=None)

    new = verb(
        "mechanisms",
        "each mechanism of the record, tried as an experiment",
        "[ID]... [options]",
        "mechanisms M28 M29 --robust 40",
        _mechanisms,
    )
    new.add_argument("id", nargs="*", metavar="ID", help="such as M29; all if left out")
    new.add_argument("--robust", metavar="N", help="repeat each at N random parameter vectors")
    new.add_argument("--replications", action="store_true", help="the tests of the prototype instead")
    new.add_argument("--runs", metavar="N", help="runs of each arm (default 1024)")
    new.add_argument("--scenario", default="july-2025", metavar="S", help="start (default july-2025)")
    new.add_argument("--seed", default="1", metavar="N", help="seed of all luck (default 1)")
    _folder_options(new, dry_run=False)

    new = verb("solve", "the equilibria of a game in Gambit's format", "FILE.nfg [options]", "solve game.nfg", _solve)
    new.add_argument("file", metavar="FILE.nfg", help="payoff or outcome version")

    new = verb("plot", "the figures of a results folder", "DIR", "plot results/demo-0123abcd", _plot)
    new.add_argument("folder", metavar="DIR", help="made by sweep, or by run --save")

    new = verb("bench", "how fast the model is, as ratios", "[options]", "bench --quick", _bench)
    new.add_argument("--quick", action="store_true", help="under a minute, without the cold compile")
    new.add_argument("--out", metavar="DIR", help="where bench.json goes (default: results/bench)")
    return parser, verbs


def _grid_options(parser: Parser) -> None:
    parser.add_argument("question", nargs="?", help=argparse.SUPPRESS)  # the usage line names it
    parser.add_argument("--vary", action="append", default=[], metavar="NAME=...", help="LOW:HIGH:N or a,b,c (repeat)")
    parser.add_argument("--runs", metavar="N", help="runs at each point from each start (default 64)")


def _game_options(parser: Parser) -> None:
    parser.add_argument("--scenario", default="july-2025", metavar="S", help="start of the games (default july-2025)")
    parser.add_argument("--profile-runs", metavar="N", help="most runs of a profile (default 5184)")
    parser.add_argument("--tolerance", metavar="SHARE", help="regret that counts as none (default 0.01)")
    parser.add_argument("--deviations", metavar="N", help="rules outside the list (default 16)")


def _folder_options(parser: Parser, dry_run: bool = True) -> None:
    parser.add_argument("--jobs", metavar="N", help="threads; changes no result (default: one a core)")
    if dry_run:
        parser.add_argument("--dry-run", action="store_true", help="say what it would cost, write nothing")
    parser.add_argument("--out", metavar="DIR", help="results folder (default: results/NAME-DIGEST)")


def _run_options(parser: Parser) -> None:
    parser.add_argument("--scenario", default="july-2025", metavar="S", help="where it starts (default july-2025)")
    _shared_options(parser, months="84", seed="1", developers="40")
    parser.add_argument("--engine", choices=("compiled", "mesa"), default="compiled", help="default: compiled")


def _shared_options(parser: Parser, months: str | None, seed: str | None, developers: str | None) -> None:
    def add(option: str, metavar: str, text: str, default: str | None = None, repeat: bool = False) -> None:
        if repeat:
            parser.add_argument(option, metavar=metavar, help=f"{text} (repeat)", action="append", default=[])
        else:
            parser.add_argument(option, metavar=metavar, help=text, default=default)

    add("--months", "N", "length of a history (default 84)", months)
    add("--seed", "N", "seed of all luck (default 1)", seed)
    add("--set", "NAME=VALUE", "a parameter or starting value", repeat=True)
    add("--doctrine", "ACTOR=NAME", "allies= sets all four", repeat=True)
    add("--developers", "N", "Chinese AI developers, 0 for many (default 40)", developers)


if __name__ == "__main__":
    sys.exit(main())
