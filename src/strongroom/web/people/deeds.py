"""What a deed is at the edge: its fields, what it does, what comes of it. One table serves forms, JSON and OpenAPI.

Principles: AUTHN-3.2
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from strongroom.authn.accounts import AccountName, parse_account_name
from strongroom.authz.roles import OrganisationRole, Role
from strongroom.authz.tokens import TOKEN_RIGHTS
from strongroom.formats import Format
from strongroom.kernel.names import ProjectName
from strongroom.kernel.records import Demand
from strongroom.kernel.refusals import Refused
from strongroom.kernel.secrets import Secret
from strongroom.packages.ports import IndexPages
from strongroom.packages.publishing import Road
from strongroom.packages.removal import Cellar
from strongroom.people.desk import Desk, Visitor, keep_alive
from strongroom.people.projects import Workbench
from strongroom.people.sign_in import MoreAsked, Outcome, SignedIn

SECURITY: Final = "account/security/"


class Fields(BaseModel):
    """The fields of one deed: nothing else is taken, and every text has a limit."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


#: PostgreSQL keeps no NUL in a text (its manual, 8.3), so none gets as far as the books.
_NO_NUL: Final = r"^[^\x00]*$"
Short = Annotated[str, StringConstraints(max_length=300, pattern=_NO_NUL)]
Long = Annotated[str, StringConstraints(max_length=5000, pattern=_NO_NUL)]
Answer = dict[str, Any]
#: Words of a table, listed in the description alone: what is none of them the core refuses, in its own words.
RoleWord = Annotated[Short, Field(json_schema_extra={"enum": [*Role]})]
PlaceWord = Annotated[Short, Field(json_schema_extra={"enum": [*OrganisationRole]})]
DemandWord = Annotated[Short, Field(json_schema_extra={"enum": [*Demand]})]
RightWord = Annotated[Short, Field(json_schema_extra={"enum": sorted(TOKEN_RIGHTS)})]


class Nothing(Fields):
    """No fields."""


@dataclass(frozen=True, slots=True)
class Counter:
    """What the edge hands to every deed: the desk, what a project's name is, and the pages that roles change."""

    desk: Desk
    format: Format
    pages: IndexPages
    road: Road
    cellar: Cellar

    @property
    def bench(self) -> Workbench:
        """What acting on projects needs."""
        return Workbench(self.desk, self.format, self.road, self.cellar)

    def version(self, raw: str) -> str:
        """Return the version that somebody names; Refused when it can be none."""
        try:
            return self.format.parse_version(raw)
        except ValueError as error:
            raise Refused("bad-request", str(error)) from None

    def project(self, raw: str) -> ProjectName:
        """Return the project that somebody names; Refused when it can be none."""
        try:
            return self.format.parse_name(raw)
        except ValueError as error:
            raise Refused("bad-request", str(error)) from None


@dataclass(frozen=True, slots=True)
class Reply:
    """What came of a deed.

    `values` is the JSON; secrets of ours stand beside it, since a browser gets them as cookies, and a program as
    values. `go` is the page that a browser is sent to, `said` what it tells there. `show` is a template for what is
    shown once. `ends`: the browser is to forget its session.
    """

    values: Mapping[str, Any] = field(default_factory=dict)
    session: Secret | None = None
    device: Secret | None = None
    challenge: Secret | None = None
    go: str = SECURITY
    said: str = ""
    show: str = ""
    ends: bool = False


@dataclass(frozen=True, slots=True)
class Deed:
    """One deed. `page` is the page whose form it is. `is_slow`: it hashes a password.

    `least_seconds`: it is answered no sooner, whatever came of it, so that time tells nobody who is here.
    `takes_token`: a token that was made for it does it too.
    """

    path: str
    summary: str
    fields: type[Fields]
    perform: Callable[[Counter, Visitor, Any], Reply]
    page: str = SECURITY
    is_slow: bool = False
    needs_session: bool = True
    answer: Mapping[str, str] = field(default_factory=dict)
    by_script: bool = False
    least_seconds: float = 0.0
    takes_token: bool = False


def person(raw: str) -> AccountName:
    """Return the account that somebody names; Refused when it can be none."""
    try:
        return parse_account_name(raw)
    except ValueError as error:
        raise Refused("bad-request", str(error)) from None


def came_of(outcome: Outcome, go: str = SECURITY) -> Reply:
    """Return the reply of a sign-in: a session, or what is asked for next."""
    if isinstance(outcome, SignedIn):
        values = {
            "account": str(outcome.account),
            "strength": outcome.strength.name.lower(),
            "must_change": outcome.must_change_password,
            "warning": outcome.warning,
        }
        if outcome.must_change_password:
            go = "account/password/"
        return Reply(values, outcome.session, outcome.device, go=go, said=outcome.warning)
    return asks(outcome)


def asks(more: MoreAsked) -> Reply:
    """Return the reply to a sign-in that is not finished: what is asked for, and where a browser answers it."""
    values = {"factors": list(more.factors), "mailed": more.is_mailed}
    go = "sign-in/confirm/" if more.is_mailed else f"sign-in/{_first(more.factors)}/"
    return Reply(values, challenge=more.challenge, go=go)


def _first(factors: tuple[str, ...]) -> str:
    return {"key": "key", "totp": "code"}.get(factors[0] if factors else "", "recovery-code")


def done(deed: Deed, counter: Counter, visitor: Visitor, fields: Fields) -> Reply:
    """Do a deed, and remember that the session behind it is used."""
    keep_alive(counter.desk, visitor)
    return deed.perform(counter, visitor, fields)
