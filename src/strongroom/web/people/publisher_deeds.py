"""What people do with trusted publishers: add, list and remove them; administrators trust further issuers.

Principles: AUTHN-3.2, AUTHZ-3.1
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from pydantic import Field

from strongroom.people import issuers, publishers
from strongroom.people.desk import Visitor
from strongroom.people.publishers import Listed, Wanted
from strongroom.web.people.deeds import Counter, Deed, Fields, Nothing, Reply, Short

_PAGE: Final = "account/publishers/"
_ADMIN: Final = "admin/accounts/"


class Added(Fields):
    """A build that may publish to `project`, new or not, and whose: `github`, `gitlab` and so on.

    `build` is what describes it, by name: owner, repository and workflow for GitHub; namespace, project and workflow
    for GitLab; docs/trusted-publishing.md has them all. A form sends `values` instead, in the order of the provider's
    fields. `pinned` takes immutable ids that are known; else those of the first use are kept. `issuer` may be left out
    where there is only one.
    """

    project: Short
    provider: Short
    issuer: Short = ""
    build: dict[Short, Short] = Field(default_factory=dict)
    values: list[Short] = Field(default_factory=list, max_length=40)
    pinned: dict[Short, Short] = Field(default_factory=dict)


class Named(Fields):
    """A trusted publisher; `project` only leads a browser back to its page."""

    id: Short
    project: Short = ""


class Of(Fields):
    """A project."""

    project: Short


class Issuer(Fields):
    """An issuer, exactly as its identity tokens name it, and the provider whose kind it is of."""

    issuer: Short
    provider: Short


class Ended(Fields):
    """An issuer that an administrator has trusted."""

    issuer: Short


def _add(counter: Counter, visitor: Visitor, fields: Added) -> Reply:
    project = counter.project(fields.project)
    provider = counter.desk.house.trusted.named(fields.provider)
    typed = dict(zip((each.name for each in provider.fields), fields.values, strict=False))
    wanted = Wanted(fields.provider, {**typed, **fields.build}, fields.issuer, fields.pinned)
    listed = publishers.add_publisher(counter.desk, visitor, project, wanted)
    said = f"{project} trusts {listed.publisher.words}. {listed.warning}".strip()
    return Reply(_told(listed), go=f"{_PAGE}{project}/", said=said)


def _remove(counter: Counter, visitor: Visitor, fields: Named) -> Reply:
    gone = publishers.remove_publisher(counter.desk, visitor, fields.id)
    return Reply(
        go=f"{_PAGE}{gone.project}/", said=f"{gone.project} no longer trusts {gone.words}; what it was given is dead."
    )


def _list(counter: Counter, visitor: Visitor, fields: Of) -> Reply:
    found = publishers.publishers_of(counter.desk, visitor, counter.project(fields.project))
    return Reply({"publishers": _all(found)}, go=f"{_PAGE}{fields.project}/")


def _pending(counter: Counter, visitor: Visitor, _: Nothing) -> Reply:
    return Reply({"publishers": _all(publishers.own_pending(counter.desk, visitor))})


def _trust(counter: Counter, visitor: Visitor, fields: Issuer) -> Reply:
    issuers.trust_issuer(counter.desk, visitor, fields.issuer, fields.provider)
    return Reply(go=_ADMIN, said=f"{fields.issuer} is trusted.")


def _distrust(counter: Counter, visitor: Visitor, fields: Ended) -> Reply:
    issuers.distrust_issuer(counter.desk, visitor, fields.issuer)
    return Reply(go=_ADMIN, said=f"{fields.issuer} is no longer trusted.")


def _all(found: Sequence[Listed]) -> list[Mapping[str, Any]]:
    return [_told(each) for each in found]


def _told(listed: Listed) -> dict[str, Any]:
    publisher = listed.publisher
    return {
        "id": publisher.identifier,
        "project": str(publisher.project),
        "provider": publisher.provider,
        "issuer": publisher.issuer,
        "fields": dict(publisher.fields),
        "pinned": dict(publisher.pinned),
        "added_by": str(publisher.account),
        "created": publisher.created.isoformat(),
        "pending_until": publisher.expires.isoformat() if publisher.expires else None,
        "last_used": publisher.last_used.isoformat() if publisher.last_used else None,
        "added_by_now": listed.departed,
        "warning": listed.warning,
    }


DEEDS: Final = (
    Deed("publishers/add", "Let a build publish to a project", Added, _add, _PAGE, answer={"id": "of the publisher"}),
    Deed("publishers/remove", "End the trust in a build; its tokens die", Named, _remove, _PAGE),
    Deed("publishers/list", "List a project's trusted publishers", Of, _list, _PAGE),
    Deed("publishers/pending", "List your own that wait for their project", Nothing, _pending),
    Deed("admin/trust-issuer", "Trust an issuer of a provider's kind", Issuer, _trust, _ADMIN),
    Deed("admin/distrust-issuer", "Trust an issuer no more", Ended, _distrust, _ADMIN),
)
