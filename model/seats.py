"""The actors as Mesa agents: each asks its law in ``agents/`` what to do. Subclass one to play it your way.

A seat keeps no state that a law reads: the world stands on the model.
"""

from enum import IntEnum
from typing import TYPE_CHECKING

import mesa

from ..agents.allies import Exposure, choose_ally
from ..agents.beijing import choose_beijing
from ..agents.congress import choose_congress
from ..agents.developers import DEVELOPER_MOVES, revise
from ..agents.huawei import choose_huawei
from ..agents.moves import AllyMove, BeijingMove, CongressMove, DeveloperMove, HuaweiMove, NvidiaMove, UsMove
from ..agents.nvidia import choose_nvidia
from ..agents.us import choose_us
from ..world.adoption import Appeal
from ..world.state import World
from .luck import Chances

if TYPE_CHECKING:
    from .standoff import Standoff


class Actor(mesa.Agent):
    """Someone at the table; `move` and `payoff` are those of the last month."""

    model: "Standoff"

    def __init__(self, model: "Standoff", name: str) -> None:
        super().__init__(model)
        self.name = name
        self.move: IntEnum | None = None
        self.payoff = 0.0

    @property
    def move_name(self) -> str:
        """The last move in words."""
        return "" if self.move is None else self.move.name.lower()


class Beijing(Actor):
    """Beijing's leadership."""

    def choose(self, world: World, luck: Chances) -> BeijingMove:
        """Return this month's move."""
        return choose_beijing(world, self.model.doctrines.beijing, luck.beijing, self.model.params)


class Us(Actor):
    """The US administration."""

    def choose(self, world: World, luck: Chances, dealmakers: float) -> UsMove:
        """Return this month's move; `dealmakers` is their weight in the decision."""
        return choose_us(world, self.model.doctrines.us, dealmakers, luck.us, self.model.params)


class Nvidia(Actor):
    """Nvidia."""

    def choose(self, world: World, luck: Chances) -> NvidiaMove:
        """Return this month's move."""
        return choose_nvidia(world, self.model.doctrines.nvidia, luck.nvidia, self.model.params)


class Huawei(Actor):
    """Huawei."""

    def choose(self, world: World, luck: Chances) -> HuaweiMove:
        """Return this month's focus."""
        return choose_huawei(world, self.model.doctrines.huawei, luck.huawei, self.model.params)


class Ally(Actor):
    """One ally; its name says which."""

    def choose(self, world: World, luck: Chances, own: Exposure) -> AllyMove:
        """Return this month's stance; `own` is what the ally has at stake."""
        doctrine = getattr(self.model.doctrines, self.name)
        return choose_ally(own, world, doctrine, getattr(luck, self.name), self.model.params)


class Congress(Actor):
    """Congress."""

    def choose(self, world: World, luck: Chances) -> CongressMove:
        """Return this month's move."""
        return choose_congress(world, luck.congress, self.model.params)


class Developers(Actor):
    """Chinese AI developers as a body: what most of them do. In the limit of many it stands for them all."""


class Developer(Actor):
    """One Chinese AI developer with a taste for CUDA."""

    def __init__(self, model: "Standoff", name: str, taste: float, stance: int) -> None:
        super().__init__(model, name)
        self.taste = taste
        self.move: DeveloperMove = DEVELOPER_MOVES[stance]

    def choose(self, look: Appeal, chance: float) -> DeveloperMove:
        """Return the stance after this month; `chance` is uniform in [0, 1)."""
        return DEVELOPER_MOVES[revise(self.move.value, self.taste, look, chance, self.model.params)]


SEATS: dict[str, type[Actor]] = {
    "us": Us,
    "beijing": Beijing,
    "nvidia": Nvidia,
    "huawei": Huawei,
    "netherlands": Ally,
    "japan": Ally,
    "south_korea": Ally,
    "taiwan": Ally,
    "congress": Congress,
    "developers": Developers,
}
