"""A whole site in this process, and browsers that hold its cookies, for attacks that come by HTTP.

Principles: none
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from tests.people_world import ORIGIN, PeopleWorld, Person
from tests.web.asking import Answer, Place
from tests.worlds import CHEAP, Clock

from strongroom import settings
from strongroom.app import serve_application
from strongroom.repository import open_repository
from strongroom.storage.sql.vault import sqlite_url

FORM, JSON = "application/x-www-form-urlencoded", "application/json"
OWN = {"sec_fetch_site": "same-origin", "origin": ORIGIN}


class SiteClock(Clock):
    """The clock that the site goes by, which can be a while ahead of it."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return settings.now() + self.ahead

    @property
    def now(self) -> datetime:  # type: ignore[override]
        return self()

    def wait(self, **how_long: float) -> None:
        self.ahead += timedelta(**how_long)


@dataclass
class Site:
    """The site of a town: the same books, served."""

    town: PeopleWorld
    place: Place

    def fingerprint(self) -> list[tuple[Any, ...]]:
        """Return everything that the books hold, but for counts of guesses and when somebody was last seen."""
        with self.town.vault.engine.connect() as connection:
            tables = [
                name
                for (name,) in connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type='table'")
                if name not in ("tally", "cursor") and not name.startswith("sqlite_")
            ]
            return [
                (table, *sorted(map(str, connection.exec_driver_sql(f'SELECT * FROM "{table}"')))) for table in tables
            ]


@dataclass
class Browser:
    """A browser at the site. It sends what a browser sends, and keeps the cookies that it is given."""

    site: Site
    cookies: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, site: Site, person: Person) -> "Browser":
        """Return the browser in which somebody is signed in."""
        held = {"__Host-session": person.session, "__Host-device": person.device}
        return cls(site, {name: secret.reveal() for name, secret in held.items() if secret is not None})

    def get(self, path: str, **headers: str) -> Answer:
        return self._asked(path, "GET", b"", headers)

    def post(self, deed: str, **fields: str) -> Answer:
        """Send a form of the site."""
        return self._asked(f"/do/{deed}", "POST", urlencode(fields).encode(), {"content_type": FORM, **OWN})

    def api(self, deed: str, **fields: Any) -> Answer:
        """Send JSON as the site's own script does."""
        return self._asked(f"/api/v1/{deed}", "POST", json.dumps(fields).encode(), {"content_type": JSON, **OWN})

    def _asked(self, path: str, method: str, body: bytes, headers: dict[str, str]) -> Answer:
        jar = {"cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())} if self.cookies else {}
        answer = self.site.place.ask(path, method, body, **{**jar, **headers})
        for planted in answer.headers.get("set-cookie", "").split(", "):
            name, _, rest = planted.partition("=")
            value, _, attributes = rest.partition(";")
            if "Max-Age=0" in attributes:
                self.cookies.pop(name, None)
            elif name:
                self.cookies[name] = value
        return answer


@contextmanager
def opened(town: PeopleWorld) -> Iterator[Site]:
    """Serve a town's books for as long as the block lasts; its clock is the site's."""
    town.clock = SiteClock()
    town.__post_init__()
    chosen = settings.load(
        data=town.folder,
        database_url=sqlite_url(town.folder / "books.db"),
        public_url=f"{ORIGIN}/",
        accounts={"registration": "open"},
        breaches={"service": ""},
    )
    repository = open_repository(chosen)
    place = Place(repository)
    place.served = serve_application(repository, CHEAP)
    yield Site(town, place)
    repository.close()
