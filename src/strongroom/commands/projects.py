"""`strongroom admin project …` and `strongroom admin organisation …`: the way back where nobody else can go it.

Principles: AUTHZ-2.1, AUTHZ-3.3
"""

from pathlib import Path

import click

from strongroom.commands.options import ACTOR, common, say
from strongroom.commands.people import desk
from strongroom.kernel.records import Demand
from strongroom.kernel.refusals import Refused

_demand = click.option(
    "--demand", required=True, type=click.Choice([each.value for each in Demand]), help="What is demanded no more."
)


@click.group("project")
def project() -> None:
    """Lift what a project demands, where its people cannot; its owners hear of it."""


@project.command("lift")
@click.argument("name")
@_demand
@common
def lift_command(name: str, demand: str, data: Path | None, config: Path | None, as_json: bool) -> None:
    """Lift one demand of the policy of the project NAME itself; what wider ones demand stays."""
    from strongroom.people.demands import lift

    with desk(data, config) as (repository, there):
        left = lift(there, repository.road(), ACTOR, repository.format.parse_name(name), Demand(demand))
    _said(name, demand, sorted(left), as_json=as_json)


@project.command("forget-provenance")
@click.argument("name")
@common
def forget_provenance_command(name: str, data: Path | None, config: Path | None, as_json: bool) -> None:
    """Demand attestations of the project NAME no more because earlier files had them; those stay served."""
    from strongroom.people.demands import forget_provenance

    with desk(data, config) as (repository, there):
        forget_provenance(there, repository.road(), ACTOR, repository.format.parse_name(name))
    said = f"{name} may publish without attestations, until a file comes with some again."
    say(as_json, {"project": name, "forgotten": True}, said)


@click.group("organisation")
def organisation() -> None:
    """Lift what an organisation demands, where its owners cannot; they hear of it."""


@organisation.command("lift")
@click.argument("name")
@_demand
@common
def lift_of_organisation_command(
    name: str, demand: str, data: Path | None, config: Path | None, as_json: bool
) -> None:  # fmt: skip
    """Lift one demand of the policy of the organisation NAME itself."""
    from strongroom.authz.organisations import parse_organisation_name
    from strongroom.people.demands import lift_of_organisation

    try:
        parsed = parse_organisation_name(name)
    except ValueError as error:
        raise Refused("bad-request", str(error)) from None
    with desk(data, config) as (repository, there):
        left = lift_of_organisation(there, repository.road(), ACTOR, parsed, Demand(demand))
    _said(name, demand, sorted(left), as_json=as_json)


def _said(name: str, demand: str, left: list[Demand], *, as_json: bool) -> None:
    now = " and ".join(left) or "nothing"
    say(as_json, {"lifted": demand, "policy": left}, f"{name} demands {demand} no more; itself it demands {now}.")


COMMANDS = (project, organisation)
