"""Who may read what is not public: a private project, or anything of a private instance.

Names are private too: whoever may not read a private project hears that there is none.

Principles: AUTHZ-1.1, AUTHZ-2.1
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from strongroom.authn.accounts import AccountName
from strongroom.authn.assurance import Action, require_action
from strongroom.authz.roles import Right, Role, rights_of
from strongroom.authz.tokens import Token, covers, require_live, require_source
from strongroom.kernel.digests import Sha256
from strongroom.kernel.names import ProjectName
from strongroom.kernel.records import ProjectRecord
from strongroom.kernel.refusals import Refused
from strongroom.packages.ports import Books
from strongroom.packages.publishing import require_bearer
from strongroom.people.desk import Desk, Visitor, present
from strongroom.principles import upholds

_TOUCHED: Final = timedelta(hours=1)
_NOTHING: Final = "There is no such project or version here."


@dataclass(frozen=True, slots=True)
class Reader:
    """Who asks, with what: the fingerprint of a token, or a session; "" and no session for nobody."""

    visitor: Visitor
    token: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """Whose credential it is, and the token, where it is one."""

    account: AccountName
    token: Token | None = None


@dataclass(frozen=True, slots=True)
class ReadingRoom:
    """What is read. `is_private`: nothing of the whole instance is read without an account."""

    desk: Desk
    is_private: bool

    def admit(self, reader: Reader) -> None:
        """Refuse whoever may read nothing of this instance."""
        if self.is_private:
            with self.desk.vault.reading() as books:
                known = self._known(books, reader)
                self._require_known(known)
            self._touch(known)

    def admit_to(self, reader: Reader, name: ProjectName) -> bool:
        """Refuse whoever may not read the project; report whether it is a private one."""
        with self.desk.vault.reading() as books:
            project, known = books.shelf.project(name), self._known(books, reader)
            self._admit(books, known, project)
        self._touch(known)
        return project is not None and project.is_private

    def admit_to_file(self, reader: Reader, filename: str, digest: Sha256) -> None:
        """Refuse whoever may not read the file; one that waits for a second person is for its project's people."""
        with self.desk.vault.reading() as books:
            known = self._known(books, reader)
            project, is_published = _file_of(books, filename, digest)
            try:
                if project is None or not is_published:
                    require_reader(books.roles.roles_of, known, project.name if project else None)
                self._admit(books, known, project)
            except Refused as refused:
                if refused.code != "not-found":
                    raise
                raise Refused("no-such-file", "There is no such file, or it was removed.") from None
        self._touch(known)

    def _touch(self, known: Known | None) -> None:
        """Write down that a token has read, once an hour at most: its owner sees one that others use."""
        token, now = known.token if known else None, self.desk.clock()
        if token is not None and (token.last_used is None or now - token.last_used > _TOUCHED):
            with self.desk.vault.writing() as books:
                books.tokens.touch_token(token.identifier, now)

    def _admit(self, books: Books, known: Known | None, project: ProjectRecord | None) -> None:
        if self.is_private:
            self._require_known(known)
        if project is not None and project.is_private:
            require_reader(books.roles.roles_of, known, project.name)

    def _require_known(self, known: Known | None) -> None:
        if known is None:
            raise Refused("no-token", "This repository is private. Read it with a token: the user name is __token__.")
        if known.token is not None and Right.READ not in known.token.rights:
            raise Refused("token-out-of-scope", "This token was not made to read.", principle="AUTHZ-1.1")

    def _known(self, books: Books, reader: Reader) -> Known | None:
        """Return whose credential it is; None for none, and for one that reads nothing.

        A credential that is no good is as none at all: answered otherwise, it would tell what is private from what is
        not there. But a token that nobody holds is refused, whatever is asked for, so that guesses are counted.
        """
        try:
            return self._holder(books, reader)
        except Refused as refused:
            if refused.code == "unknown-token":
                raise
            return None

    def _holder(self, books: Books, reader: Reader) -> Known | None:
        now = self.desk.clock()
        if reader.token:
            bearer = require_bearer(books, reader.token)
            require_live(bearer.token, now)
            require_source(bearer.token, reader.visitor.visit.source)
            if bearer.account is None:
                return None  # it was minted to publish
            require_action(Action.READ, bearer.account, bearer.token, now)
            return Known(bearer.account.name, bearer.token)
        if reader.visitor.session is not None:
            who = present(self.desk, books, reader.visitor)
            require_action(Action.READ, who.account, who.session, now)
            return Known(who.name)
        return None


def _file_of(books: Books, filename: str, digest: Sha256) -> tuple[ProjectRecord | None, bool]:
    """Return the project of a file with this name and digest, and whether it is published or waits."""
    published, waiting = books.shelf.file_named(filename), books.holds.held(filename)
    if published and published[1].digests.sha256 == digest:
        return books.shelf.project(published[0]), True
    if waiting and waiting.offered.digests.sha256 == digest:
        return books.shelf.project(waiting.project), False
    return None, False


RolesOf = Callable[[AccountName, ProjectName], Iterable[Role]]


@upholds("AUTHZ-2.1")
def require_reader(roles_of: RolesOf, known: Known | None, project: ProjectName | None) -> None:
    """Refuse who may not read a private project, in the words for one that is not there."""
    if known is None or project is None or Right.READ not in rights_of(roles_of(known.account, project)):
        raise Refused("not-found", _NOTHING)
    if known.token is not None and (Right.READ not in known.token.rights or not covers(known.token, project)):
        raise Refused("not-found", _NOTHING)
