"""The Mesa model: the month of ``month.py`` played once, to watch. Its twin is ``ensemble.py``."""

from collections.abc import Mapping
from typing import Any

import mesa
import numpy as np
from mesa.datacollection import DataCollector

from ..agents.allies import japan_exposure, netherlands_exposure, south_korea_exposure, taiwan_exposure
from ..agents.beijing import after_beijing
from ..agents.developers import leading_stance, many_revise
from ..agents.doctrines import Doctrines, doctrines_from
from ..agents.moves import ACTORS, DeveloperMove, Moves
from ..agents.us import Voice, after_us, speaker, voice_of
from ..world.adoption import appeal
from ..world.checks import checked, known
from ..world.chips import Market, chip_market
from ..world.facts import Fact
from ..world.parameters import FACTS, PARAMETER_ROW, Params
from ..world.scenarios import DEFAULT, Scenario, check_shares, load_scenario
from ..world.state import STATE_FACTS, Adoption, World, with_adoption, world_from
from .ensemble import first_stance, shares_of
from .luck import Chances, draw_luck, params_of, typed_row
from .month import (
    Irritant,
    Payoffs,
    agency_acts,
    irritant_of,
    next_world,
    others_act,
    payoffs_of,
    record_of,
)
from .outcomes import (
    TRACKS,
    Window,
    add_counts,
    add_payoffs,
    add_snapshot,
    add_window,
    ends_of,
    no_counts,
    no_payoffs,
    no_snapshot,
    regime_of,
    snapshot,
)
from .seats import SEATS, Actor, Developer
from .table import Settlement, negotiate, no_talks, settled, talks_chance


class Standoff(mesa.Model):
    """One history of the standoff.

    Parameters
    ----------
    scenario : str or Scenario
        Where it starts; a name, a TOML file or a loaded scenario.
    seed, run : int
        Fix all luck, as in the ensemble. ``batch_run`` varies `run`: ``{"run": range(4)}``.
        Newer versions of Mesa fill `seed` themselves: give them ``batch_run(..., rng=[seed])``.
    months : int
        Length of the history.
    developers : int
        Number of Chinese AI developers; 0 is the limit of many.
    doctrines : Doctrines or mapping of actor to doctrine name, optional
        All quantal if left out.
    seats : mapping of actor to class, optional
        Replaces actors by subclasses of those in ``seats.py``.
    rng : int, optional
        Mesa's name for the seed; ``batch_run`` of newer versions fills it.
    **numbers : float
        Parameters or starting values by name, checked against their ranges.
    """

    def __init__(
        self,
        scenario: str | Scenario = DEFAULT,
        seed: int | None = 0,
        run: int = 0,
        months: int = 84,
        developers: int = 40,
        doctrines: Doctrines | Mapping[str, str] | None = None,
        seats: Mapping[str, type[Actor]] | None = None,
        rng: int | None = None,
        **numbers: float,
    ) -> None:
        seed = next((key for key in (rng, seed) if key is not None), 0)  # batch_run may fill either, with None
        for name, number in (("seed", seed), ("run", run)):
            checked(name, number, Fact("a key of the luck", "whole number", 0, 2**63 - 1))
        super().__init__(rng=seed)
        start = load_scenario(scenario) if isinstance(scenario, str) else scenario
        self.months = int(checked("months", months, Fact("length of a run", "months", 1, 1200)))
        developers = int(checked("developers", developers, Fact("size of the population", "developers", 0, 10_000)))
        self.doctrines = doctrines if isinstance(doctrines, Doctrines) else doctrines_from(doctrines or {})
        row = np.array([tuple(Params())], PARAMETER_ROW)[0]
        state = dict(start.state)
        for name, value in {**start.parameters, **numbers}.items():
            known("number", name, [*FACTS, *STATE_FACTS])
            if name in FACTS:
                row[name] = checked(name, value, FACTS[name])
            else:
                state[name] = checked(name, value, STATE_FACTS[name])
        check_shares(state)
        luck = draw_luck(seed, run, self.months, developers)
        self.params = params_of(typed_row(row, luck))
        self._chances = [Chances(*row[: len(Chances._fields)]) for row in luck.chances.tolist()]
        self._revisions = luck.revisions.tolist()

        classes = {**SEATS, **(seats or {})}
        self.seats: dict[str, Any] = {name: classes[known("actor", name, ACTORS)](self, name) for name in classes}
        self.world = world_from(state)
        self.crowd = [
            Developer(self, f"developer {d}", taste, first_stance(self.world.adoption, (d + 0.5) / developers))
            for d, taste in enumerate(luck.tastes.tolist())
        ]
        if self.crowd:
            self.world = with_adoption(self.world, self._shares())

        self.market: Market = chip_market(self.world, self.params)
        self.settlement: Settlement = no_talks()
        self.irritant = Irritant(0.0, 0.0)
        self.shown = self.world  # the world as the month's moves left it, before physics
        self.faced: dict[str, World] = {}  # the world that each actor faced when it last chose
        self.dealmakers = 0.0  # their weight in the last US decision
        self.total, self.counts, self.earned = no_snapshot(), no_counts(), no_payoffs()
        self.window, self._window_months = Window(0.0, 0.0, 0.0, 0.0, 0.0, 0.0), 0.0
        self.datacollector = DataCollector(
            model_reporters={name: _track(name) for name in TRACKS},
            agent_reporters={"name": "name", "move": "move_name", "payoff": "payoff"},
        )

    def step(self) -> None:
        """Play one month, in the order of ``month.py``."""
        start, p, seats = self.world, self.params, self.seats
        luck = self._chances[start.month]
        # 1 Beijing
        beijing = seats["beijing"].choose(start, luck)
        acted = after_beijing(start, beijing)
        # 2 the US
        dealmakers = speaker(acted, luck.us_speaker, p)
        voice = voice_of(dealmakers, p)
        us = seats["us"].choose(acted, luck, dealmakers)
        world = after_us(acted, us, p)
        # 3 agencies
        irritant = irritant_of(world, luck.irritant, luck.irritant_breaks, p)
        world = agency_acts(world, irritant)
        # 4 the table
        settlement = no_talks()
        if luck.talks < talks_chance(world, p):
            settlement = self.bargain(world, voice, luck)
        world = settled(world, settlement, p)
        # 5 firms, allies, Congress
        self.faced = dict.fromkeys(ACTORS, world) | {"beijing": start, "us": acted}
        self.dealmakers = dealmakers
        moves = Moves(
            us=us,
            beijing=beijing,
            nvidia=seats["nvidia"].choose(world, luck),
            huawei=seats["huawei"].choose(world, luck),
            netherlands=seats["netherlands"].choose(world, luck, netherlands_exposure(p)),
            japan=seats["japan"].choose(world, luck, japan_exposure(p)),
            south_korea=seats["south_korea"].choose(world, luck, south_korea_exposure(p)),
            taiwan=seats["taiwan"].choose(world, luck, taiwan_exposure(p)),
            congress=seats["congress"].choose(world, luck),
            developers=leading_stance(world.adoption),
        )
        world = others_act(world, moves, p)
        # 6 developers
        self.faced["developers"] = world
        look = appeal(world, chip_market(world, p), p)
        if self.crowd:
            for developer, chance in zip(self.crowd, self._revisions[start.month], strict=True):
                developer.move = developer.choose(look, chance)
                developer.payoff = look[developer.move]
            shares = self._shares()
        else:
            shares = many_revise(world.adoption, look, p)
        world = with_adoption(world, shares)
        # 7 payoffs, then physics; 8 beliefs and politics
        market = chip_market(world, p)
        payoffs = payoffs_of(start, acted, world, market, moves, settlement, voice, look, p)
        seen = record_of(start, moves, irritant, settlement)
        now = snapshot(world, market, p)
        self.total, self.counts = add_snapshot(self.total, now), add_counts(self.counts, start, moves, settlement, seen)
        self.earned = add_payoffs(self.earned, payoffs)
        if start.month + p.regime_window >= self.months:
            self.window, self._window_months = add_window(self.window, now, seen.deal), self._window_months + 1.0
        self.world = next_world(world, market, moves, seen, luck.bridge, 2.0 * luck.estimate - 1.0, p)

        self.shown, self.market, self.settlement, self.irritant = world, market, settlement, irritant
        for name, seat in seats.items():
            seat.move, seat.payoff = getattr(moves, name), getattr(payoffs, name)
        self.datacollector.collect(self)
        if self.world.month >= self.months:
            self.running = False

    def bargain(self, world: World, voice: Voice, luck: Chances) -> Settlement:
        """Return what an open table brings; override it to put somebody else at the table."""
        return negotiate(world, self.doctrines.us, voice, luck.proposer, luck.acceptance, self.params)

    def play(self) -> "Standoff":
        """Play all months and return the model."""
        while self.running:
            self.step()
        return self

    def outcomes(self) -> list[float]:
        """Return what the ensemble measures of a finished run, in the order of OUTCOMES."""
        months = self.world.month
        return [
            *(value / months for value in self.total),
            *ends_of(self.world),
            *self.counts,
            *(value * 12.0 / months for value in self.earned),
            float(regime_of(self.window, self._window_months, self.params).value),
        ]

    def _shares(self) -> Adoption:
        held = [developer.move for developer in self.crowd]
        cuda, dual, cann, grey, rent = (held.count(move) for move in DeveloperMove)
        return shares_of((cuda, dual, cann, grey, rent), len(held))


def _track(name: str) -> Any:
    place = TRACKS.index(name)

    def report(model: Standoff) -> float:
        return (*snapshot(model.shown, model.market, model.params), model.counts.deals)[place]

    return report


def release(model: Standoff) -> None:
    """Let go of a finished model; Mesa 3.3 keeps every model that ever had an agent."""
    getattr(mesa.Agent, "_ids", {}).pop(model, None)


__all__ = ["Payoffs", "Standoff", "release"]
