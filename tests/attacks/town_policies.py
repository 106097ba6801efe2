"""What people try with policies in a small town: raise them alone, and lower them by two where two are demanded.

Principles: AUTHZ-2.1
"""

from collections.abc import Callable
from functools import partial

from tests.attacks.role_town import ORGANISATIONS, POLICIES, Town, name

from strongroom.authz.policies import parse_policy
from strongroom.people import demands


def govern(town: Town) -> None:
    deed: Callable[[], object]
    org, what, policy = town.of(*ORGANISATIONS), town.what, town.of(*POLICIES)
    of_organisation = town.of(True, False)
    who = town.runner(org) if of_organisation else town.doer(what)
    visitor, real = town.visitor(who), parse_policy(list(policy))
    if of_organisation:
        expected = town.model.demand_of_all(who, org, policy)
        deed = partial(demands.set_organisation_policy, town.bench, visitor, org, real)
    else:
        expected = town.model.set_policy(who, what, policy)
        deed = partial(demands.set_policy, town.bench, visitor, name(what), real)
    town.agree(f"govern {who} {org} {what} {policy}", expected, deed)
    key = f"ask-{town.model.asked}"
    if key in town.model.asks and key not in town.identifiers_of_asks:
        with town.vault.reading() as books:
            asked = books.asks.ask_of(None, org) if of_organisation else books.asks.ask_of(name(what), "")
            assert asked is not None
            town.identifiers_of_asks[key] = asked.identifier


def lower(town: Town) -> None:
    """Somebody answers what was asked of a policy, of late or long ago."""
    if not town.identifiers_of_asks:
        return
    known = list(town.identifiers_of_asks)
    key, way = town.of(*known, *known[-2:]), town.of("lower", "lower", "keep")
    ask = town.model.asks.get(key)
    who = town.who if ask is None else town.doer(ask.place) if ask.of_project else town.runner(ask.place)
    expected = getattr(town.model, way)(who, key)
    deed = demands.confirm if way == "lower" else demands.decline
    told = f"{way} {who} {key} {ask}"
    if town.agree(told, expected, lambda: deed(town.bench, town.visitor(who), town.identifiers_of_asks[key])) and ask:
        with town.vault.reading() as books:
            project, organisation = books.shelf.project(name(ask.place)), books.organisations.organisation(ask.place)
        there = project if ask.of_project else organisation
        model = (town.model.projects if ask.of_project else town.model.organisations)[ask.place]
        assert there is not None
        assert {each.value for each in there.policy} == model.policy
