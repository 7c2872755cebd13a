"""What each actor can do in a month. The order of a move list is the order of its values everywhere."""

from enum import IntEnum
from typing import NamedTuple


class UsMove(IntEnum):
    """Moves of the US administration."""

    HOLD = 0
    TIGHTEN_CHIPS = 1
    RELAX_CHIPS = 2
    UPDATE_CONTROLS = 3
    TIGHTEN_TOOLS = 4
    RELAX_TOOLS = 5
    RAISE_TARIFFS = 6
    CUT_TARIFFS = 7
    RESTRICT_DESIGN_SOFTWARE = 8
    LIFT_DESIGN_SOFTWARE = 9
    PRESS_ALLIES = 10
    COURT_ALLIES = 11


class BeijingMove(IntEnum):
    """Moves of Beijing."""

    HOLD = 0
    RESTRICT_RARE_EARTHS = 1
    RENEW_RARE_EARTHS = 2
    SUBSIDISE = 3
    STEER = 4
    RELENT = 5
    ADVANCE_PROBE = 6
    CLEAR_PROBE = 7
    REVIEW_CHIPS = 8


class NvidiaMove(IntEnum):
    """Moves of Nvidia."""

    COMPLY = 0
    LOBBY = 1
    REDESIGN = 2
    SELL_INVENTORY = 3
    SHIFT_SUPPLY = 4


class HuaweiMove(IntEnum):
    """Where Huawei puts its extra weight."""

    EXPAND_CAPACITY = 0
    IMPROVE_CHIP = 1
    BUILD_BRIDGE = 2
    BUILD_NATIVE = 3
    EXPORT_ABROAD = 4


class AllyMove(IntEnum):
    """Stances of an ally on tool controls."""

    ALIGN = 0
    PARTIAL = 1
    HEDGE = 2
    DEFECT = 3
    ASK_COMPENSATION = 4


class CongressMove(IntEnum):
    """Moves of Congress."""

    WAIT = 0
    SCRUTINISE = 1
    LEGISLATE_FLOOR = 2


class DeveloperMove(IntEnum):
    """Stances of a Chinese AI developer, in the order of ``Adoption``."""

    STAY_CUDA = 0
    DUAL_STACK = 1
    MOVE_TO_CANN = 2
    GREY_MARKET = 3
    RENT_OFFSHORE = 4


class Moves(NamedTuple):
    """One month's moves; `developers` is the stance that most of them hold."""

    us: UsMove
    beijing: BeijingMove
    nvidia: NvidiaMove
    huawei: HuaweiMove
    netherlands: AllyMove
    japan: AllyMove
    south_korea: AllyMove
    taiwan: AllyMove
    congress: CongressMove
    developers: DeveloperMove


ACTORS = Moves._fields
ALLY_NAMES = ("netherlands", "japan", "south_korea", "taiwan")
MOVES_OF: dict[str, type[IntEnum]] = {name: Moves.__annotations__[name] for name in ACTORS}
