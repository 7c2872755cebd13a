"""`standoff play`: a seat in the terminal, by keyboard alone. Lines of plain words, no wider than 80 columns."""

import difflib
import itertools
import re
import textwrap
from argparse import Namespace
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ...agents.doctrines import doctrines_from
from ...world.checks import BadInput, known
from ...world.scenarios import DEFAULT
from ..endings import Stopped
from ..move_words import does
from ..settings import DEVELOPERS, MONTHS, SEED, make_settings, month_index, parse_doctrines, parse_set, whole
from . import debrief
from .game import ANSWER, HELD, MOVE, OFFER, Ask, Choice, Game, Option
from .saves import document_of, load_game, save_game
from .talks import ACCEPT, NO_OFFER, REJECT, other
from .view import view
from .words import BELIEVED, NAMES, SHORT, signed, situation_lines

SHOWN_OFFERS = 10
HELP = """
Each month you choose one move by its number or its name. The figure beside a move is the payoff that the model expects
from it by your actor's own law: what it knows and believes, not the truth. Your regret is told after the choice: the
best open figure less yours. A person may know better than the model.

Beijing moves first and the US sees it. Then the table may open: one side makes an offer, the other accepts or rejects.
Firms, allies and Congress choose last, at the same time.

At the table gains are counted from no deal, your reservation value. The other side's gain is an estimate from what
everybody knows; the debrief tells the truth. The zone of possible agreement are the offers by which both gain.

5: choose number 5. w 5: why, what the figure of number 5 is made of. w: why, for all. m: more offers, at the table.
d: what every move does. s: save. q: quit; the game is kept and can be resumed. ?: this help.

Every choice is saved at once: Ctrl-C, a lost connection or a crash lose nothing.
"""


def play_asked(arguments: Namespace, as_json: Callable[[object], None] | None) -> int:
    """Do what `standoff play` asks and return the exit code."""
    game, path = _resumed(arguments) if arguments.file else _begun(arguments)
    _keep(game, path)
    if as_json:
        as_json(_document(game, path))
        return 0
    table = Table(game, path)
    try:
        table.play()
        table.debrief()
    except (KeyboardInterrupt, EOFError):
        table.say("")
        raise Stopped(f"the game is kept; `standoff play {path}` goes on") from None
    except Quit:
        table.say(f"The game is kept. To go on: standoff play {path}")
    return 0


class Quit(Exception):  # noqa: N818 (no error: the player has had enough for now)
    """The player leaves."""


def _resumed(arguments: Namespace) -> tuple[Game, Path]:
    given = {
        "--as": arguments.seat,
        "--scenario": arguments.scenario,
        "--months": arguments.months,
        "--seed": arguments.seed,
        "--set": arguments.set,
        "--doctrine": arguments.doctrine,
        "--developers": arguments.developers,
        "--save": arguments.save,
    }
    for option, value in given.items():
        if value:
            raise BadInput(f"a saved game has its own settings: leave out {option}, or the file")
    path = Path(arguments.file)
    return load_game(path), path


def _begun(arguments: Namespace) -> tuple[Game, Path]:
    seat = known("actor", arguments.seat or "us", HELD)
    settings = make_settings(
        arguments.scenario or DEFAULT,
        parse_set(arguments.set),
        doctrines_from(parse_doctrines(arguments.doctrine)),
        whole("seed", SEED if arguments.seed is None else arguments.seed),
        whole("months", MONTHS if arguments.months is None else arguments.months),
        whole("developers", DEVELOPERS if arguments.developers is None else arguments.developers),
    )
    game = Game(settings, [seat])
    if arguments.save:
        path = Path(arguments.save)
        try:
            if path.exists():
                raise BadInput(f"'{path}' exists; `standoff play {path}` resumes a game, or choose another --save")
        except (OSError, ValueError) as error:
            if isinstance(error, BadInput):
                raise
            raise BadInput(f"cannot write '{path}': {getattr(error, 'strerror', None) or error}") from None
        return game, path
    names = (Path(f"game-{seat}-{settings.seed}{more}.json") for more in ("", *(f"-{n}" for n in range(2, 10_000))))
    return game, next(path for path in names if not path.exists())


def _keep(game: Game, path: Path) -> None:
    try:
        save_game(game, path)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        if game.choices:
            raise Stopped(f"cannot write '{path}': {reason}; the game is kept up to the choice before") from None
        raise BadInput(f"cannot write '{path}': {reason}") from None


def _document(game: Game, path: Path) -> dict[str, Any]:
    views = {}
    for seat in game.people:
        views[seat] = view(game, seat)
        views[seat]["asks"] = [asdict(ask) for ask in views[seat]["asks"]]
    told: dict[str, Any] = {"file": str(path), "game": document_of(game), "views": views}
    if game.over:
        told["debrief"] = {
            "payoffs": debrief.payoffs(game),
            "regrets": {seat: debrief.regrets(game, seat) for seat in game.people},
            "leaked": {seat: debrief.leaked(game, seat) for seat in game.people},
            "tables": debrief.tables(game),
            "against_agents": debrief.against_agents(game, debrief.ensemble_outcomes(game)),
        }
    return told


class Table:
    """The player's side of the table: shows, asks, saves."""

    def __init__(self, game: Game, path: Path) -> None:
        from rich.console import Console

        self.game, self.path = game, path
        self.console = Console(highlight=False, markup=False, emoji=False)
        self.width = max(40, min(80, self.console.width))

    def say(self, text: str, indent: str = "", style: str | None = None) -> None:
        """Print a paragraph; `indent` goes before all its lines, and two spaces more before all but the first."""
        more = f"{indent}  " if indent else ""
        lines = textwrap.wrap(
            text, self.width, initial_indent=indent, subsequent_indent=more, break_on_hyphens=False
        ) or [""]  # fmt: skip
        for line in lines:
            self.console.print(line, style=style, soft_wrap=True)

    def row(self, text: str) -> None:
        """Print a line of a table as it is."""
        self.console.print(text, soft_wrap=True)

    def ask(self, prompt: str) -> str:
        """Return what the player types."""
        self.console.print("")
        return " ".join(input(prompt).split())

    # Playing

    def play(self) -> None:
        """Ask until the game is over."""
        game = self.game
        if game.over:
            return
        self.say(f"{game.settings.scenario.title}", style="bold")
        self.say(f"You are {' and '.join(NAMES[seat] for seat in game.people)}. The game is saved in {self.path}.")
        self.say("? is help, d tells what the moves do. Numbers without a unit are shares from 0 to 1.")
        while not game.over:
            self.put(game.pending()[0])

    def put(self, asked: Ask) -> None:
        """Put one question to the player until it is answered."""
        self.situation(asked)
        shown = self.options(asked, SHOWN_OFFERS)
        while True:
            typed = self.ask(f"{self.prompt(asked)} ")
            word, _, rest = typed.partition(" ")
            if not typed:
                self.say("Type a number or a name; ? is help.")
            elif typed == "?":
                for paragraph in HELP.split("\n\n"):
                    self.say(paragraph)
            elif typed == "q":
                raise Quit
            elif typed == "s":
                _keep(self.game, self.path)
                self.say(f"Saved in {self.path}.")
            elif typed == "m" and asked.kind == OFFER:
                shown = self.options(asked, len(asked.options))
            elif typed == "d" and asked.kind == MOVE:
                for each in asked.options:
                    self.say(f"{each.words}: {does(asked.seat, each.choice)}", "  ")
            elif word == "w":
                self.why(asked, shown, rest)
            elif option := self.meant(shown, typed):
                if option.closed:
                    self.say(f"{option.words} is closed: {option.closed}.")
                    continue
                self.game.submit(asked.seat, asked.id, option.choice)
                _keep(self.game, self.path)
                self.afterwards(asked, option)
                return

    def prompt(self, asked: Ask) -> str:
        """Return what is asked, in short."""
        what = {MOVE: "Your move", OFFER: "Your offer", ANSWER: "Your answer"}[asked.kind]
        more = ", m more" if asked.kind == OFFER and len(asked.options) > SHOWN_OFFERS else ""
        more += ", d what moves do" if asked.kind == MOVE else ""
        return f"{what} (number; w why{more}, ? help, q quit):"

    def meant(self, shown: list[Option], typed: str) -> Option | None:
        """Return the option that the player means by a number, a name, or the start of one name."""
        if re.fullmatch(r"\d{1,3}", typed, re.ASCII):
            if 1 <= int(typed) <= len(shown):
                return shown[int(typed) - 1]
            self.say(f"There is no number {typed}; allowed: 1 to {len(shown)}.")
            return None
        plain = typed.lower().replace("_", " ")
        words = {option.words.lower(): option for option in shown}
        found = [words[plain]] if plain in words else [words[name] for name in words if name.startswith(plain)]
        if len(found) == 1:
            return found[0]
        near = difflib.get_close_matches(plain, words, 1)
        hint = f"did you mean {near[0]}?" if near else f"allowed: 1 to {len(shown)}, or a name."
        shown_typed = "".join(letter if letter.isprintable() else "?" for letter in typed[:40])
        self.say(f"'{shown_typed}' is no choice: {hint}")
        return None

    def situation(self, asked: Ask) -> None:
        """Tell what the actor knows now."""
        seen = view(self.game, asked.seat)
        if asked.kind == MOVE or not seen["now"]:
            self.console.print("")
            title = f"{seen['month']}, month {seen['t'] + 1} of {seen['months']}: {NAMES[asked.seat]}"
            self.say(title, style="bold")
            for line in situation_lines(seen):
                self.say(line, "  ")
            if seen["news"]:
                self.say(f"Last month: {'; '.join(seen['news'])}.", "  ")
        else:
            self.console.print("")
            self.say(f"{seen['month']}: the table is open", style="bold")
        if seen["now"]:
            self.say(f"This month: {'; '.join(seen['now'])}.", "  ")

    def options(self, asked: Ask, most: int) -> list[Option]:
        """Show what may be chosen, numbered, and return it in that order."""
        shown = list(asked.options)
        if asked.kind == OFFER:
            walk_out, *offers = shown
            offers.sort(key=lambda option: -(option.payoff or 0.0) * (option.chance or 0.0))
            shown = [walk_out, *offers[: most - 1]]
        self.say(f"Payoff that the model expects, in {asked.unit}:" if asked.kind == MOVE else self.stakes(asked))
        for place, option in enumerate(shown, 1):
            if option.closed:
                self.row(f" -  {option.words:28s} closed: {option.closed}")
            elif asked.kind == MOVE:
                self.row(f"{place:2d}  {option.words:28s} {option.payoff:9.2f}")
            else:
                theirs = "" if option.theirs is None else f", {SHORT[other(asked.seat)]} about {signed(option.theirs)}"
                chance = "" if option.chance is None else f", accepted {option.chance:.0%}"
                self.say(f"{place}  {option.words}: you {signed(option.payoff or 0.0)}{theirs}{chance}", " ")
        if asked.kind != MOVE:
            both = [
                str(place)
                for place, option in enumerate(shown, 1)
                if option.choice not in (NO_OFFER, REJECT) and (option.payoff or 0) > 0 and (option.theirs or 0) > 0
            ]
            self.say(f"Estimated zone of possible agreement: {', '.join(both) or 'none'}.")
            if len(shown) < len(asked.options):
                self.say(f"m shows {len(asked.options) - len(shown)} more.")
        return shown

    def stakes(self, asked: Ask) -> str:
        """Return what stands behind the figures at the table."""
        return (
            f"Reservation value: without a deal you expect {asked.reservation:.1f} $bn over the look-ahead. Gains over "
            f"it, in $bn; those of {SHORT[other(asked.seat)]} are estimates:"
        )

    def why(self, asked: Ask, shown: list[Option], which: str) -> None:
        """Take payoffs apart: the terms of one option, or of all, as differences from the first that is open."""
        if asked.kind != MOVE:
            self.say(
                "A gain is the outlook with the package in force, less the one without a deal, less what agreeing "
                "costs at home. Each side counts on the other's half only as far as it trusts its word."
            )
            return
        still = asked.open[0]
        for option in [self.meant(shown, which)] if which else asked.open:
            if option is None:
                continue
            if option.closed:
                self.say(f"{option.words} is closed: {option.closed}.")
                continue
            terms, base = option.terms or {}, (still.terms or {}) if option is not still else {}
            parts = {name: value - base.get(name, 0.0) for name, value in terms.items()}
            told = [f"{name.replace('_', ' ')} {value:+.2f}" for name, value in parts.items() if abs(value) >= 0.005]
            against = "" if option is still else f", from {still.words}"
            self.say(f"{option.words} {option.payoff:.2f}{against}: {', '.join(told) or 'no difference'}", "  ")
            if option.beliefs:
                self.say(
                    "believing: " + ", ".join(f"{name} {value:.2f}" for name, value in option.beliefs.items()), "    "
                )

    def afterwards(self, asked: Ask, option: Option) -> None:
        """Tell the regret of a choice."""
        if asked.kind == OFFER:
            self.say("You walk out." if option.choice == NO_OFFER else "Your offer is on the table.")
            return
        best = max(asked.open, key=lambda each: each.payoff or 0.0)
        regret = (best.payoff or 0.0) - (option.payoff or 0.0)
        if regret < 0.005:
            self.say("No regret: the model expects nothing better.")
        else:
            self.say(f"Regret {regret:.2f}: the model expected more of '{best.words}'.")

    # After the game

    def debrief(self) -> None:
        """Tell what can be learned from the game, then let the player change a move."""
        game = self.game
        self.console.print("")
        self.say(f"The debrief of {game.settings.months} months", style="bold")
        self.say(f"The game of {game.settings.scenario.title!r} ended as {debrief.regime(game)}.")
        self.compared()
        for seat in game.people:
            self.regretted(seat)
            self.told_of_beliefs(seat)
            self.doctrines(seat)
        self.tables()
        self.changes()

    def compared(self) -> None:
        """Place the payoffs among those of games that agents play."""
        self.say(f"Comparing with {debrief.RUNS - 1} games of agents...")
        found = debrief.against_agents(self.game, debrief.ensemble_outcomes(self.game))
        self.say(
            "Payoffs in $bn a year (Congress in anger, developers in utility). Agents: agents in all seats, the same "
            "luck. Mean: agents, other luck. Last, the share of those games that did worse, with its 95 % interval."
        )
        self.row(f"  {'':22s}{'played':>9s}{'agents':>9s}{'mean':>9s}  did worse")
        for actor, row in found.items():
            mark = "*" if actor in self.game.people else " "
            self.row(
                f"{mark} {NAMES[actor]:22s}{row['payoff']:9.2f}{row['agent']:9.2f}{row['mean']:9.2f}  "
                f"{row['quantile']:4.0%} ({row['low']:.0%} to {row['high']:.0%})"
            )
        self.row("* a person's seat")

    def regretted(self, seat: str) -> None:
        """Tell the largest regrets of a seat."""
        rows = debrief.regrets(self.game, seat)
        self.say("")
        regret = sum(row["regret"] for row in rows) / len(rows)
        same = sum(row["chosen"] == row["agent"] for row in rows)
        self.say(f"Regret of {NAMES[seat]}: {regret:.2f} a month on average, in {rows[0]['unit']}", style="bold")
        self.say(f"In {same} of {len(rows)} months the agent would most likely have done the same.")
        for row in sorted(rows, key=lambda row: -row["regret"])[:5]:
            if row["regret"] >= 0.005:
                chosen, best = row["chosen"].replace("_", " "), row["best"].replace("_", " ")
                self.say(
                    f"{row['month']}: {chosen}, regret {row['regret']:.2f}; best was {best}; "
                    f"an agent does as you did with chance {row['chance']:.0%}",
                    "  ",
                )

    def told_of_beliefs(self, seat: str) -> None:
        """Tell what others came to believe."""
        traces = debrief.leaked(self.game, seat)
        if not traces:
            return
        self.say("")
        self.say(f"What others learned from {NAMES[seat]}", style="bold")
        for name, trace in traces.items():
            steps = [after - before for before, after in itertools.pairwise(trace)]
            most = max(range(len(steps)), key=lambda t: abs(steps[t]))
            month = self.game.months[most]
            move = month.moves[seat].name.lower().replace("_", " ")
            self.say(
                f"{BELIEVED[name]}: {trace[0]:.2f} at the start, {trace[-1]:.2f} at the end; most in "
                f"{self.game.month_name(most)} ({steps[most]:+.2f}), when you chose to {move}",
                "  ",
            )

    def doctrines(self, seat: str) -> None:
        """Tell what doctrines would have done in the seat."""
        instead = debrief.doctrines_instead(self.game, seat)
        mine = [month.moves[seat].name.lower() for month in self.game.months]
        like = {name: sum(a == b for a, b in zip(moves, mine, strict=True)) for name, moves in instead.items()}
        if like:
            told = ", ".join(f"{name.replace('_', ' ')} {count}" for name, count in like.items())
            self.say(f"Months of {len(mine)} in which each doctrine would most likely have moved as you did: {told}.")

    def tables(self) -> None:
        """Tell what each opened table held."""
        self.say("")
        rows = debrief.tables(self.game)
        times = {0: "never opened", 1: "opened once"}.get(len(rows), f"opened {len(rows)} times")
        self.say(f"The table {times}", style="bold")
        for row in rows:
            got, left, point = row["got"], row["left"], row["nash"]
            self.say(
                f"{row['month']}: {NAMES[row['proposer']]} at the table, {row['result'].replace('_', ' ')}; gains US "
                f"{signed(got['us'])}, Beijing {signed(got['beijing'])}. Without a deal: US "
                f"{row['reservation']['us']:.1f}, Beijing {row['reservation']['beijing']:.1f}.",
                "  ",
            )
            if point is None:
                self.say("No package would have served both.", "    ")
                continue
            self.say(
                f"{len(row['zone'])} packages would have served both; Nash point: {point['package']} (US "
                f"{signed(point['us'])}, Beijing {signed(point['beijing'])}). Left on the table: US "
                f"{signed(left['us'])}, Beijing {signed(left['beijing'])}.",
                "    ",
            )

    def changes(self) -> None:
        """Let the player change one move and see the difference."""
        seat = self.game.people[0]
        suggested = debrief.suggestion(self.game, seat)
        self.say("")
        self.say("One move otherwise", style="bold")
        self.say(
            "The same luck is played again with one of your moves changed; your later choices are kept. At the table "
            "it can be 'accept', 'reject' or 'walk out'."
        )
        example = "2025-09 hold"
        if suggested is not None:
            example = f"{self.game.month_name(suggested.t)} {suggested.made}"
            self.say(f"The move you regretted most: Enter tries {example}.")
        while True:
            try:
                typed = self.ask(f"Month and move, such as {example} (q ends): ")
            except EOFError:  # all is told and kept
                return
            if typed == "q":
                return
            try:
                choice = suggested if not typed and suggested else self.change_meant(seat, typed)
                self.changed(choice)
            except BadInput as error:
                self.say(f"{error}", "  ")

    def change_meant(self, seat: str, typed: str) -> Choice:
        """Return the change that the player means."""
        month, _, move = typed.partition(" ")
        if not move:
            raise BadInput("write a month and a move, such as 2025-09 hold")
        t = month_index(month, self.game.settings.scenario, self.game.settings.months)
        made = move.strip().lower().replace(" ", "_")
        if made in (ACCEPT, REJECT):
            return Choice(t, ANSWER, seat, made)
        if made == "walk_out":
            return Choice(t, OFFER, seat, NO_OFFER)
        return Choice(t, MOVE, seat, made)

    def changed(self, choice: Choice) -> None:
        """Tell what a change would have brought."""
        result = debrief.replayed(self.game, choice)
        wide = {}
        if choice.kind == MOVE:
            wide = debrief.over_other_luck(self.game, choice.t, choice.seat, choice.made)
        self.say(f"{self.game.month_name(choice.t)}: {choice.made.replace('_', ' ')}", style="bold")
        self.row(f"{'':24s}{'as played':>10s}{'changed':>9s}{'differs':>9s}{'   over other luck' if wide else ''}")
        for actor in result["before"]:
            over = f"   {wide[actor]['difference']:+.2f} +/- {wide[actor]['margin']:.2f}" if wide else ""
            self.row(
                f"  {NAMES[actor]:22s}{result['before'][actor]:10.2f}{result['after'][actor]:9.2f}"
                f"{result['difference'][actor]:+9.2f}{over}"
            )
        self.say("In $bn a year. One history is one luck.")
        if wide:
            self.say(
                f"The last column is the mean over {debrief.RUNS - 1} other lucks with your moves kept and agents at "
                "the table, with its 95 % interval."
            )
        if result["regime_before"] != result["regime_after"]:
            self.say(f"It would have ended as {result['regime_after']}, not {result['regime_before']}.")
        if result["agent_decided"]:
            kept = ", ".join(f"{month} ({seat})" for month, seat in result["agent_decided"])
            self.say(f"Your choice was not possible there, so the agent decided: {kept}.", "  ")
