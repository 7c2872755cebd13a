"""The path that every actor expects when it looks ahead: the physics, and others doing as they usually do."""

from ..world.adoption import adoption_towards, appeal, stance_chances
from ..world.chips import Market
from ..world.compute import drift
from ..world.fabs import Focus
from ..world.law import inlined, law
from ..world.parameters import Params
from ..world.state import Allies, World
from .allies import ally_leans, leaning_allies


@law
def outlook_years(p: Params) -> float:
    r"""Return the length of one of the three steps of the look-ahead, in years."""
    return p.look_ahead / 36.0


@law
def expected_step(world: World, market: Market, focus: Focus, years: float, p: Params) -> World:
    """Return the world that an actor expects after `years` if no government moves."""
    return step_with(ally_leans(world, p), world, market, focus, years, p)


@law
@inlined
def step_with(leans: Allies, world: World, market: Market, focus: Focus, years: float, p: Params) -> World:
    r"""Return the world that an actor expects after `years` if no government moves and allies lean to `leans`.

    Levers stay, developers drift, Huawei has `focus`. Where allies lean hangs on levers and politics
    alone, so that it holds for all steps of an outlook.
    """
    allies = leaning_allies(world.allies, leans, years, p)
    target = stance_chances(appeal(world, market, p), 0.0)
    adoption = adoption_towards(world.adoption, target, min(1.0, 12.0 * p.revision_rate * years))
    after = drift(world, market, focus, years, p)
    return World(
        month=after.month,
        us=after.us,
        beijing=after.beijing,
        allies=allies,
        nvidia=after.nvidia,
        huawei=after.huawei,
        stocks=after.stocks,
        adoption=adoption,
        beliefs=after.beliefs,
        politics=after.politics,
    )
