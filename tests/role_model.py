"""The rules of `docs/roles.md` told once more, as plain dictionaries: what the repository does is held against this.

Nothing here is imported from the code that it judges; people, projects and roles are words. Each deed returns "" when
it is allowed, and has then changed the model, else why it is not.

Principles: AUTHZ-2.1, AUTHZ-1.1
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

MAY = {
    "owner": {"read", "publish", "yank", "remove", "people", "publishers", "policy"},
    "publisher": {"read", "publish", "yank"},
    "people-manager": {"read", "people"},
    "security-contact": {"read", "yank"},
    "reader": {"read"},
}
INVITED_DAYS, HELD_DAYS, ASKED_DAYS = 7, 14, 14


@dataclass
class Project:
    """A project: whose it is, what it demands, which versions it shows, which builds it trusts (and who said so)."""

    organisation: str = ""
    is_private: bool = False
    policy: set[str] = field(default_factory=set)
    own: dict[str, set[str]] = field(default_factory=dict)
    teams: dict[str, set[str]] = field(default_factory=dict)
    versions: set[str] = field(default_factory=set)
    publishers: dict[str, str] = field(default_factory=dict)


@dataclass
class Organisation:
    """An organisation: its people's places, its teams' people, what it demands."""

    members: dict[str, str] = field(default_factory=dict)
    teams: dict[str, set[str]] = field(default_factory=dict)
    policy: set[str] = field(default_factory=set)


@dataclass
class Offer:
    """An invitation; `place` is a project or an organisation."""

    to: str
    place: str
    role: str
    by: str
    until: int
    to_project: bool


@dataclass
class Ask:
    """That a project or an organisation demand less; two people lower what two people protect."""

    place: str
    of_project: bool
    lifted: set[str]
    by: str
    until: int


@dataclass
class Key:
    """A token: of a person, or of a build. `names` None: every project; else those, and what begins with `prefixes`."""

    owner: str
    rights: set[str]
    names: set[str] | None
    prefixes: set[str]
    is_bound: bool
    until: int
    parent: str = ""
    publisher: str = ""
    is_dead: bool = False

    def covers(self, project: str) -> bool:
        """Report whether it is for the project."""
        if self.names is None:
            return True
        return project in self.names or any(project.startswith(each) for each in self.prefixes)

    def works(self, day: int, *, at_home: bool) -> bool:
        """Report whether it works at all, from there, on that day."""
        return not self.is_dead and day < self.until and (at_home or not self.is_bound)


@dataclass
class Waiting:
    """A file that waits for a second person: who sent it, a person or a build, by which token."""

    project: str
    version: str
    key: str
    until: int


@dataclass
class Standings:
    """Who is who, and what people do with roles; `day` counts on."""

    people: dict[str, str] = field(default_factory=dict)  # well, disabled, gone
    projects: dict[str, Project] = field(default_factory=dict)
    organisations: dict[str, Organisation] = field(default_factory=dict)
    offers: dict[str, Offer] = field(default_factory=dict)
    keys: dict[str, Key] = field(default_factory=dict)
    waiting: dict[str, Waiting] = field(default_factory=dict)
    asks: dict[str, Ask] = field(default_factory=dict)
    asked: int = 0
    day: int = 0

    # -- who is what

    def roles(self, who: str, project: str) -> set[str]:
        """Every role that somebody has in a project, by any of the three ways."""
        there = self.projects.get(project)
        if there is None:
            return set()
        found = set(there.own.get(who, ()))
        over = self.organisations.get(there.organisation)
        if over is not None:
            found |= {"owner"} if over.members.get(who) == "owner" else set()
            for team, roles in there.teams.items():
                found |= roles if who in over.teams.get(team, ()) else set()
        return found

    def rights(self, who: str, project: str) -> set[str]:
        """Everything that somebody may do to a project."""
        return set[str]().union(*(MAY[role] for role in self.roles(who, project)))

    def may(self, who: str, project: str, right: str) -> bool:
        """Report whether somebody may do this to a project now: signed in, and with the right."""
        return self.people[who] == "well" and right in self.rights(who, project)

    def runs(self, who: str, organisation: str, *places: str) -> bool:
        """Report whether somebody is signed in and has one of these places in the organisation."""
        over = self.organisations.get(organisation)
        return self.people[who] == "well" and over is not None and over.members.get(who) in places

    def owners(self, project: str) -> set[str]:
        """Whoever owns the project, by any way."""
        return {who for who in self.people if "owner" in self.roles(who, project)}

    def well(self, people: set[str]) -> set[str]:
        """Those of them whose accounts are in order: who is disabled looks after nothing."""
        return {who for who in people if self.people[who] == "well"}

    # -- people of a project

    def give(self, who: str, project: str, whom: str, role: str) -> str:
        is_owner = "owner" in self.roles(who, project)
        if not self.may(who, project, "people"):
            return "no right over people"
        if (role == "owner" or who == whom) and not is_owner:
            return "only owners make owners, or give to themselves"
        if self.people[whom] != "well":
            return "the person can hold nothing"
        own = self.projects[project].own.setdefault(whom, set())
        if role not in own and not self.roles(whom, project):
            self._offer(Offer(whom, project, role, who, self.day + INVITED_DAYS, to_project=True))
        else:
            own.add(role)
        return ""

    def take(self, who: str, project: str, whom: str, role: str) -> str:
        """Take a role, or with "" all that were given to the person itself."""
        if self.people[who] != "well" or project not in self.projects:
            return "not signed in, or no such project"
        if who != whom and not self.may(who, project, "people"):
            return "no right over people"
        there = self.projects[project]
        own = there.own.get(whom, set())
        taken = set(own) if not role else own & {role}
        if not taken:
            return "nothing to take"
        if "owner" in taken:
            if who != whom and "owner" not in self.roles(who, project):
                return "only owners end owners"
            by_organisation = self.runs_whatever(whom, there.organisation)
            if not self.well(self.owners(project) - {whom}) and not by_organisation:
                return "the last owner"
        there.own[whom] = own - taken
        self._forget_offers(whom, project, role, to_project=True)
        return ""

    def runs_whatever(self, who: str, organisation: str) -> bool:
        """Report whether somebody owns the organisation, signed in or not."""
        over = self.organisations.get(organisation)
        return over is not None and over.members.get(who) == "owner"

    def _offer(self, offer: Offer) -> None:
        self.offers[f"{offer.place} {offer.to} {offer.role}"] = offer

    def _forget_offers(self, to: str, place: str, role: str, *, to_project: bool) -> None:
        same = [
            key
            for key, each in self.offers.items()
            if (each.to, each.place, each.to_project) == (to, place, to_project) and role in ("", each.role)
        ]
        for key in same:
            del self.offers[key]

    # -- invitations

    def accept(self, who: str, identifier: str) -> str:
        offer = self.offers.get(identifier)
        if self.people[who] != "well" or offer is None or offer.to != who:
            return "not theirs"
        if self.day >= offer.until:
            return "too old"
        if not self._still_gives(offer):
            return "who offered it may give it no more"
        del self.offers[identifier]
        if offer.to_project:
            self.projects[offer.place].own.setdefault(who, set()).add(offer.role)
        else:
            self.organisations[offer.place].members[who] = offer.role
        return ""

    def _still_gives(self, offer: Offer) -> bool:
        if not offer.to_project:
            return self.runs(offer.by, offer.place, "owner")
        return self.may(offer.by, offer.place, "people") and (
            offer.role != "owner" or "owner" in self.roles(offer.by, offer.place)
        )

    def decline(self, who: str, identifier: str) -> str:
        offer = self.offers.get(identifier)
        if self.people[who] != "well" or offer is None or offer.to != who or self.day >= offer.until:
            return "not theirs, or too old"
        del self.offers[identifier]
        return ""

    def withdraw(self, who: str, identifier: str) -> str:
        offer = self.offers.get(identifier)
        if self.people[who] != "well" or offer is None or not self._still_gives(_by(offer, who)):
            return "not theirs to take back"
        del self.offers[identifier]
        return ""

    # -- organisations

    def create(self, who: str, name: str) -> str:
        if self.people[who] != "well" or name in self.organisations:
            return "not signed in, or taken"
        self.organisations[name] = Organisation({who: "owner"})
        return ""

    def place(self, who: str, name: str, whom: str, role: str) -> str:
        if not self.runs(who, name, "owner"):
            return "only owners say who is in it"
        if self.people[whom] != "well":
            return "the person can hold nothing"
        over = self.organisations[name]
        if whom not in over.members:
            self._offer(Offer(whom, name, role, who, self.day + INVITED_DAYS, to_project=False))
            return ""
        if role != "owner" and self._is_last_owner(over, whom):
            return "the last owner"
        over.members[whom] = role
        return ""

    def _is_last_owner(self, over: Organisation, whom: str) -> bool:
        owners = {name for name, role in over.members.items() if role == "owner"}
        return whom in owners and not self.well(owners - {whom})

    def expel(self, who: str, name: str, whom: str) -> str:
        if self.people[who] != "well" or (who != whom and not self.runs(who, name, "owner")):
            return "only owners put others out"
        over = self.organisations.get(name)
        if over is None or whom not in over.members:
            return "not in it"
        if self._is_last_owner(over, whom):
            return "the last owner"
        del over.members[whom]
        for people in over.teams.values():
            people.discard(whom)
        self._forget_offers(whom, name, "", to_project=False)
        return ""

    def team(self, who: str, name: str, team: str) -> str:
        if not self.runs(who, name, "owner", "manager") or team in self.organisations[name].teams:
            return "no right, or there is one"
        self.organisations[name].teams[team] = set()
        return ""

    def _touches(self, who: str, name: str, team: str) -> bool:
        if not self.runs(who, name, "owner", "manager") or team not in self.organisations[name].teams:
            return False
        mine = [each for each in self.projects.values() if each.organisation == name]
        owns = any("owner" in each.teams.get(team, ()) for each in mine)
        return not owns or self.runs(who, name, "owner")

    def disband(self, who: str, name: str, team: str) -> str:
        if not self._touches(who, name, team):
            return "no right over that team"
        del self.organisations[name].teams[team]
        for each in self.projects.values():
            if each.organisation == name:
                each.teams.pop(team, None)
        return ""

    def join(self, who: str, name: str, team: str, whom: str) -> str:
        if not self._touches(who, name, team):
            return "no right over that team"
        if who == whom and not self.runs(who, name, "owner"):
            return "nobody puts themselves into a team"
        if whom not in self.organisations[name].members:
            return "not in the organisation"
        self.organisations[name].teams[team].add(whom)
        return ""

    def quit(self, who: str, name: str, team: str, whom: str) -> str:
        if self.people[who] != "well" or (who != whom and not self._touches(who, name, team)):
            return "no right over that team"
        over = self.organisations.get(name)
        if over is None or whom not in over.teams.get(team, ()):
            return "not in it"
        over.teams[team].discard(whom)
        return ""

    def empower(self, who: str, name: str, team: str, project: str, role: str, *, given: bool) -> str:
        if not self.runs(who, name, "owner") or team not in self.organisations[name].teams:
            return "only owners, of teams that there are"
        there = self.projects.get(project)
        if there is None or there.organisation != name:
            return "no project of theirs"
        roles = there.teams.setdefault(team, set())
        if not given and role not in roles:
            return "nothing to take"
        (roles.add if given else roles.discard)(role)
        return ""

    def demand_of_all(self, who: str, name: str, policy: Iterable[str]) -> str:
        if not self.runs(who, name, "owner"):
            return "only owners"
        self.settle(name, who, set(policy), of_project=False)
        return ""

    # -- policies

    def settle(self, place: str, who: str, wanted: set[str], *, of_project: bool) -> None:
        """Raise a policy at once; while two people are demanded, what would go waits for the second."""
        there = self.projects[place] if of_project else self.organisations[place]
        above = self.organisations.get(there.organisation) if isinstance(there, Project) else None
        below = [] if of_project else [each for each in self.projects.values() if each.organisation == place]
        two = {"two-people"} if any("two-people" in each.policy for each in below) else set()
        in_force = there.policy | two | (above.policy if above else set())
        stays = there.policy - wanted if "two-people" in in_force else set()
        lowered, there.policy = there.policy - wanted, wanted | stays
        same = [each for each in self.asks.values() if (each.place, each.of_project) == (place, of_project)]
        if any(each.lifted == stays and self.day < each.until and self._governs(each.by, each) for each in same):
            return
        if lowered:
            self.forget_asks(place, of_project=of_project)
        if stays:
            self.asked += 1
            self.asks[f"ask-{self.asked}"] = Ask(place, of_project, stays, who, self.day + ASKED_DAYS)

    def forget_asks(self, place: str, *, of_project: bool) -> None:
        """Nothing is asked of the place any more."""
        gone = [key for key, each in self.asks.items() if (each.place, each.of_project) == (place, of_project)]
        for key in gone:
            del self.asks[key]

    def _governs(self, who: str, ask: Ask) -> bool:
        return self.may(who, ask.place, "policy") if ask.of_project else self.runs(who, ask.place, "owner")

    def _open(self, who: str, key: str) -> Ask | None:
        ask = self.asks.get(key)
        if ask is None or self.day >= ask.until or not self._governs(who, ask):
            return None
        there = self.projects[ask.place] if ask.of_project else self.organisations[ask.place]
        return ask if ask.lifted & there.policy else None

    def lower(self, who: str, key: str) -> str:
        """Confirm what somebody else has asked, who could ask for it still."""
        ask = self._open(who, key)
        if ask is None or ask.by == who or not self._governs(ask.by, ask):
            return "nothing is asked, or by nobody else who may"
        there = self.projects[ask.place] if ask.of_project else self.organisations[ask.place]
        there.policy = there.policy - ask.lifted
        del self.asks[key]
        return ""

    def keep(self, who: str, key: str) -> str:
        """Decline what somebody has asked."""
        if self._open(who, key) is None:
            return "nothing is asked, or no right"
        del self.asks[key]
        return ""


def _by(offer: Offer, who: str) -> Offer:
    return Offer(offer.to, offer.place, offer.role, who, offer.until, offer.to_project)
