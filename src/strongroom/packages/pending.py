"""What becomes of those who wait for a project when it is made: its owner's publishers last, others' die.

Principles: AUTHZ-3.1
"""

from datetime import datetime

from strongroom.authn.accounts import AccountName
from strongroom.kernel.events import Event, Happening
from strongroom.kernel.names import ProjectName
from strongroom.packages.ports import Books
from strongroom.principles import upholds


@upholds("AUTHZ-3.1")
def settle(books: Books, project: ProjectName, owner: AccountName, actor: str, now: datetime) -> list[Happening]:
    """Settle the pending publishers of a new project, in the transaction that makes it; return what is to be recorded.

    A name is whose who made the project: a publisher of somebody else, and what was minted for it, ends here.
    """
    happened = []
    for each in books.publishers.settle(project, owner):
        ended = books.tokens.revoke_tokens_of_publisher(each.identifier, now)
        detail = {
            "publisher": each.identifier,
            "account": str(each.account),
            "label": each.words,
            "issuer": each.issuer,
            "reason": "Somebody else has made the project.",
            "tokens": ended,
        }
        happened.append(Happening(Event.PUBLISHER_REMOVED, actor, str(project), detail=detail))
    return happened
