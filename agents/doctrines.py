"""Doctrines: rules by which the sources describe an actor, as the moves they leave open.

An actor under a doctrine still chooses by quantal response, among the moves that the doctrine permits.
`QUANTAL` permits everything.
"""

from collections.abc import Mapping
from enum import IntEnum
from typing import Any, NamedTuple

from ..world.checks import known
from ..world.law import law
from ..world.parameters import Params
from ..world.state import World
from .moves import ALLY_NAMES, AllyMove, BeijingMove, HuaweiMove, NvidiaMove, UsMove


class UsDoctrine(IntEnum):
    """Doctrines of the US administration."""

    QUANTAL = 0
    FREEZE = 1
    SLIDING_SCALE = 2
    TRANSACTIONAL = 3
    TIT_FOR_TAT = 4


class BeijingDoctrine(IntEnum):
    """Doctrines of Beijing."""

    QUANTAL = 0
    PATIENT = 1
    COERCIVE = 2
    TIT_FOR_TAT = 3


class NvidiaDoctrine(IntEnum):
    """Doctrines of Nvidia."""

    QUANTAL = 0
    LOBBYING = 1
    COMPLYING = 2


class HuaweiDoctrine(IntEnum):
    """Doctrines of Huawei."""

    QUANTAL = 0
    SPRINTING = 1
    FOLLOWING = 2


class AllyDoctrine(IntEnum):
    """Doctrines of an ally."""

    QUANTAL = 0
    STEADFAST = 1
    HEDGING = 2


class Doctrines(NamedTuple):
    """The doctrine of every actor that has one."""

    us: UsDoctrine = UsDoctrine.QUANTAL
    beijing: BeijingDoctrine = BeijingDoctrine.QUANTAL
    nvidia: NvidiaDoctrine = NvidiaDoctrine.QUANTAL
    huawei: HuaweiDoctrine = HuaweiDoctrine.QUANTAL
    netherlands: AllyDoctrine = AllyDoctrine.QUANTAL
    japan: AllyDoctrine = AllyDoctrine.QUANTAL
    south_korea: AllyDoctrine = AllyDoctrine.QUANTAL
    taiwan: AllyDoctrine = AllyDoctrine.QUANTAL


DOCTRINES_OF: dict[str, type[IntEnum]] = {name: Doctrines.__annotations__[name] for name in Doctrines._fields}


def doctrines_from(names: Mapping[str, object], base: Doctrines | None = None) -> Doctrines:
    """Return `base`, or all quantal, with the named doctrines; `allies` stands for the four, one ally for itself.

    Raises
    ------
    BadInput
        If an actor or a doctrine is unknown.

    >>> doctrines_from({"us": "freeze", "allies": "hedging", "japan": "steadfast"}).japan.name
    'STEADFAST'
    """
    for actor in names:
        known("actor", actor, ["allies", *DOCTRINES_OF])
    named = {ally: names["allies"] for ally in ALLY_NAMES if "allies" in names} | dict(names)
    named.pop("allies", None)
    chosen: dict[str, Any] = (base or Doctrines())._asdict()
    for actor, name in named.items():
        members = {member.name.lower(): member for member in DOCTRINES_OF[actor]}
        chosen[actor] = members[known(f"doctrine of {actor}", str(name), members)]
    return Doctrines(**chosen)


@law
def us_escalates(move: UsMove) -> bool:
    r"""Return whether a US move is an escalation against China.

    >>> us_escalates(UsMove.RAISE_TARIFFS), us_escalates(UsMove.CUT_TARIFFS)
    (True, False)
    """
    return move in (UsMove.TIGHTEN_CHIPS, UsMove.TIGHTEN_TOOLS, UsMove.RAISE_TARIFFS, UsMove.RESTRICT_DESIGN_SOFTWARE)


@law
def us_concedes(move: UsMove) -> bool:
    r"""Return whether a US move is a concession to China.

    >>> us_concedes(UsMove.RELAX_CHIPS), us_concedes(UsMove.HOLD)
    (True, False)
    """
    return move in (UsMove.RELAX_CHIPS, UsMove.RELAX_TOOLS, UsMove.CUT_TARIFFS, UsMove.LIFT_DESIGN_SOFTWARE)


@law
def beijing_escalates(move: BeijingMove) -> bool:
    r"""Return whether a Chinese move is an escalation against the US.

    >>> beijing_escalates(BeijingMove.RESTRICT_RARE_EARTHS), beijing_escalates(BeijingMove.SUBSIDISE)
    (True, False)
    """
    return move in (BeijingMove.RESTRICT_RARE_EARTHS, BeijingMove.ADVANCE_PROBE)


@law
def beijing_eases(move: BeijingMove) -> bool:
    r"""Return whether a Chinese move gives ground to the US.

    >>> beijing_eases(BeijingMove.RENEW_RARE_EARTHS), beijing_eases(BeijingMove.HOLD)
    (True, False)
    """
    return move in (BeijingMove.RENEW_RARE_EARTHS, BeijingMove.CLEAR_PROBE, BeijingMove.RELENT)


@law
def us_permits(doctrine: UsDoctrine, move: UsMove, world: World, p: Params) -> bool:
    r"""Return whether a US doctrine leaves a move open now.

        freeze         never gives on chips or tools; first restores its ceiling, then its controls
        sliding scale  moves the ceiling to the best domestic chip plus a margin, else leaves chips alone
        transactional  gives nothing alone: every control is for sale, at the table
        tit for tat    answers escalation by escalation, easing by easing, quiet by quiet

    Mechanisms M01, M02, M05, M38, M57. Source: seeds 000 and 002; MODEL.md, doctrines.
    """
    us = world.us
    if doctrine == UsDoctrine.FREEZE:
        if move in (UsMove.RELAX_CHIPS, UsMove.RELAX_TOOLS):
            return False
        if us.chip_control < p.us_freeze_control - 1e-9:
            return move == UsMove.TIGHTEN_CHIPS
        if us.control_effectiveness < p.us_update_trigger:
            return move == UsMove.UPDATE_CONTROLS
    if doctrine == UsDoctrine.SLIDING_SCALE:
        # Levers move in quarters: half a step is as near as the ceiling can come.
        goal = p.open_ceiling - world.huawei.domestic_chip_performance - p.us_slide_margin
        if us.chip_control > max(goal, us.chip_floor) + 0.125 and us.chip_control > us.chip_floor:
            return move == UsMove.RELAX_CHIPS
        if us.chip_control < min(goal, 1.0) - 0.125:
            return move == UsMove.TIGHTEN_CHIPS
        return move not in (UsMove.RELAX_CHIPS, UsMove.TIGHTEN_CHIPS)
    if doctrine == UsDoctrine.TRANSACTIONAL:
        return not us_concedes(move)
    if doctrine == UsDoctrine.TIT_FOR_TAT:
        if world.politics.beijing_escalated > 0.5:
            return us_escalates(move)
        if world.politics.beijing_escalated < -0.5:
            return us_concedes(move)
        return move in (UsMove.HOLD, UsMove.UPDATE_CONTROLS)
    return True


@law
def beijing_permits(doctrine: BeijingDoctrine, move: BeijingMove, world: World) -> bool:
    r"""Return whether a Chinese doctrine leaves a move open now.

        patient      never restricts or probes; keeps the subsidy at half or more
        coercive     outside a truce restricts up to three quarters; eases only at the table
        tit for tat  answers escalation by escalation, easing by easing, quiet by quiet

    Mechanisms M28, M38, M40, M81. Source: seeds 000 and 002; MODEL.md, doctrines.
    """
    if doctrine == BeijingDoctrine.PATIENT:
        if world.beijing.subsidy < 0.5:
            return move == BeijingMove.SUBSIDISE
        return not beijing_escalates(move)
    if doctrine == BeijingDoctrine.COERCIVE:
        if world.politics.truce_months <= 0.0 and world.beijing.rare_earth_restriction < 0.75:
            return move == BeijingMove.RESTRICT_RARE_EARTHS
        return move not in (BeijingMove.RENEW_RARE_EARTHS, BeijingMove.CLEAR_PROBE)
    if doctrine == BeijingDoctrine.TIT_FOR_TAT:
        if world.politics.us_escalated > 0.5:
            return beijing_escalates(move)
        if world.politics.us_escalated < -0.5:
            return beijing_eases(move)
        return not beijing_escalates(move) and not beijing_eases(move)
    return True


@law
def nvidia_permits(doctrine: NvidiaDoctrine, move: NvidiaMove) -> bool:
    r"""Return whether Nvidia's doctrine leaves a move open.

        lobbying   lobbies or redesigns, nothing else
        complying  never lobbies

    Mechanisms M22, M65. Source: seeds 002 and 004.

    >>> nvidia_permits(NvidiaDoctrine.COMPLYING, NvidiaMove.LOBBY)
    False
    """
    if doctrine == NvidiaDoctrine.LOBBYING:
        return move in (NvidiaMove.LOBBY, NvidiaMove.REDESIGN)
    if doctrine == NvidiaDoctrine.COMPLYING:
        return move != NvidiaMove.LOBBY
    return True


@law
def huawei_permits(doctrine: HuaweiDoctrine, move: HuaweiMove) -> bool:
    r"""Return whether Huawei's doctrine leaves a focus open.

        sprinting  capacity above all
        following  makes the chip and the bridge good before it makes many

    Mechanisms M74, M88. Source: seed 002.

    >>> huawei_permits(HuaweiDoctrine.SPRINTING, HuaweiMove.IMPROVE_CHIP)
    False
    """
    if doctrine == HuaweiDoctrine.SPRINTING:
        return move == HuaweiMove.EXPAND_CAPACITY
    if doctrine == HuaweiDoctrine.FOLLOWING:
        return move in (HuaweiMove.IMPROVE_CHIP, HuaweiMove.BUILD_BRIDGE)
    return True


@law
def ally_permits(doctrine: AllyDoctrine, move: AllyMove) -> bool:
    r"""Return whether an ally's doctrine leaves a stance open: steadfast aligns, hedging hedges.

    Mechanisms M110, M112. Source: seeds 002 and 004.

    >>> ally_permits(AllyDoctrine.HEDGING, AllyMove.ALIGN)
    False
    """
    if doctrine == AllyDoctrine.STEADFAST:
        return move == AllyMove.ALIGN
    if doctrine == AllyDoctrine.HEDGING:
        return move == AllyMove.HEDGE
    return True
