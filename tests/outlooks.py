"""What an actor expects of a world and what it makes of it, worked out anew each time: nothing is shared."""

from standoff.agents import beijing, huawei, nvidia, us
from standoff.agents.allies import ally_leans
from standoff.agents.outlook import trend_of
from standoff.world.chips import chip_market
from standoff.world.law import total


def us_ahead(world, voice, p, leans=None):
    """Return the US outlook of a world, its allies leaning to `leans` or where they lean in it."""
    return us.us_outlook(us.us_course(leans or ally_leans(world, p), world, p), world, voice, p)


def us_now(world, market, voice, p):
    return us.us_flow(us.us_reading(world, market.nvidia_revenue), world, voice, p)


def beijing_ahead(world, p, leans=None):
    """Return Beijing's outlook of a world, its allies leaning to `leans` or where they lean in it."""
    return beijing.beijing_outlook(beijing.beijing_course(leans or ally_leans(world, p), world, p), world, p)


def beijing_now(world, market, p):
    return beijing.beijing_flow(beijing.beijing_reading(world, market.huawei_units), world, p)


def beijing_ends(world, p):
    return beijing.beijing_future(beijing.beijing_reading(world, 0.0), world, p)


def beijing_values(world, doctrine, p, access=None):
    course = beijing.beijing_course(ally_leans(world, p), world, p)
    return beijing.beijing_values(world, course, doctrine, access_value(world, p) if access is None else access, p)


def access_value(world, p):
    return beijing.access_value(beijing.beijing_course(ally_leans(world, p), world, p), world, p)


def nvidia_ahead(world, p):
    return nvidia.nvidia_outlook(ally_leans(world, p), world, p)


def policy_stake(world, p):
    return nvidia.policy_stake(ally_leans(world, p), world, total(nvidia_ahead(world, p)), p)


def huawei_ahead(world, focus, p):
    return huawei.huawei_outlook(trend_of(ally_leans(world, p), world, chip_market(world, p), p), world, focus, p)
