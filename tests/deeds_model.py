"""The rest of the model that the repository is held against: projects, uploads, tokens, and leaving.

Principles: AUTHZ-2.1, AUTHZ-1.1
"""

from collections.abc import Iterable

from tests.role_model import HELD_DAYS, Key, Project, Standings, Waiting


class Model(Standings):
    """Everything that people do to projects, with tokens and without."""

    # -- projects

    def transfer(self, who: str, project: str, organisation: str) -> str:
        if not self.may(who, project, "people") or "owner" not in self.roles(who, project):
            return "only owners hand over"
        there = self.projects[project]
        if there.organisation and not self.runs(who, there.organisation, "owner"):
            return "what belongs to an organisation, only its owners hand over"
        if organisation and not self.runs(who, organisation, "owner"):
            return "only owners bring projects into an organisation"
        former = self.organisations.get(there.organisation)
        there.policy = there.policy | (former.policy if former else set())
        self.forget_asks(project, of_project=True)
        there.own = {} if organisation else {who: {"owner"}}
        there.teams, there.organisation = {}, organisation
        for build in list(there.publishers):
            self._end_build(project, build)
        gone = [key for key, each in self.offers.items() if each.to_project and each.place == project]
        for key in gone:
            del self.offers[key]
        return ""

    def _end_build(self, project: str, build: str) -> None:
        del self.projects[project].publishers[build]
        for key in self.keys.values():
            key.is_dead |= key.publisher == build

    def trust(self, who: str, project: str, build: str) -> str:
        if not self.may(who, project, "publishers"):
            return "no right over publishers"
        self.projects[project].publishers[build] = who
        return ""

    def distrust(self, who: str, project: str, build: str) -> str:
        if not self.may(who, project, "publishers") or build not in self.projects[project].publishers:
            return "no right over publishers"
        self._end_build(project, build)
        return ""

    def set_policy(self, who: str, project: str, policy: Iterable[str]) -> str:
        if not self.may(who, project, "policy"):
            return "no right over the policy"
        self.settle(project, who, set(policy), of_project=True)
        return ""

    def show(self, who: str, project: str, *, is_private: bool) -> str:
        if not self.may(who, project, "policy"):
            return "no right over the policy"
        self.projects[project].is_private = is_private
        return ""

    def yank(self, who: str, project: str, version: str) -> str:
        is_there = project in self.projects and version in self.projects[project].versions
        return "" if self.may(who, project, "yank") and is_there else "no right, or no version"

    def yank_by(self, key: str, project: str, version: str, *, at_home: bool) -> str:
        made = self.keys[key]
        if not made.works(self.day, at_home=at_home) or "yank" not in made.rights or not made.covers(project):
            return "not by this token"
        return self.yank(made.owner, project, version) if not made.publisher else "a build yanks nothing"

    def remove(self, who: str, project: str, version: str) -> str:
        """Remove a version, or with "" everything."""
        if not self.may(who, project, "remove") or (version and version not in self.projects[project].versions):
            return "no right, or no version"
        self.projects[project].versions -= {version} if version else set(self.projects[project].versions)
        return ""

    def read(self, who: str, project: str) -> str:
        return "" if self._is_open(project) or self.may(who, project, "read") else "private"

    def _is_open(self, project: str) -> bool:
        return project not in self.projects or not self.projects[project].is_private

    def read_by(self, key: str, project: str, *, at_home: bool) -> str:
        if self._is_open(project):
            return ""
        made = self.keys[key]
        may = made.works(self.day, at_home=at_home) and "read" in made.rights and made.covers(project)
        return "" if may and not made.publisher and self.may(made.owner, project, "read") else "private"

    # -- uploads

    def upload(self, key: str, project: str, version: str, *, at_home: bool) -> str:
        """Publish a version; `waiting` says afterwards whether it waits."""
        made, there = self.keys[key], self.projects.get(project)
        if not made.works(self.day, at_home=at_home) or "publish" not in made.rights or not made.covers(project):
            return "not by this token"
        if not made.publisher:
            if self.people[made.owner] != "well" or (there and not self.may(made.owner, project, "publish")):
                return "no right to publish"
        elif there is None:
            return "a build makes no project"
        if there is None:
            self.projects[project] = Project(own={made.owner: {"owner"}}, versions={version})
            return ""
        over = self.organisations.get(there.organisation)
        policy = there.policy | (over.policy if over else set())
        if "attestations" in policy or ("trusted-publishing" in policy and not made.publisher):
            return "the policy"
        if "two-people" in policy:
            self.waiting[f"{project} {version}"] = Waiting(project, version, key, self.day + HELD_DAYS)
        else:
            there.versions.add(version)
        return ""

    def approve(self, who: str, what: str) -> str:
        held = self.waiting.get(what)
        if held is None or self.day >= held.until or not self.may(who, held.project, "publish"):
            return "nothing waits, or no right"
        key = self.keys[held.key]
        if key.is_dead:
            return "what sent it was ended"
        sender = self.projects[held.project].publishers.get(key.publisher) if key.publisher else key.owner
        if sender is None or sender == who:
            return "no second person"
        if not key.publisher and not self.may(sender, held.project, "publish"):
            return "who sent it may publish no more"
        self.projects[held.project].versions.add(held.version)
        del self.waiting[what]
        return ""

    def drop(self, who: str, what: str) -> str:
        held = self.waiting.get(what)
        if held is None or self.day >= held.until or not self.may(who, held.project, "publish"):
            return "nothing waits, or no right"
        del self.waiting[what]
        return ""

    # -- tokens

    def mint(self, name: str, key: Key) -> str:
        if self.people[key.owner] != "well":
            return "not signed in"
        self.keys[name] = key
        return ""

    def derive(self, name: str, parent: str, key: Key, *, at_home: bool) -> str:
        wider = self.keys[parent]
        if wider.publisher or not wider.works(self.day, at_home=at_home) or self.people[wider.owner] != "well":
            return "not of this token"
        within = wider.names is None or (
            key.names is not None
            and all(wider.covers(each) for each in key.names)
            and all(any(each.startswith(outer) for outer in wider.prefixes) for each in key.prefixes)
        )
        if not within or not key.rights <= wider.rights:
            return "not narrower"
        key.owner, key.parent, key.until = wider.owner, parent, min(key.until, wider.until)
        key.is_bound |= wider.is_bound
        self.keys[name] = key
        return ""

    def revoke(self, who: str, name: str) -> str:
        key = self.keys[name]
        if self.people[who] != "well" or key.owner != who or key.is_dead or key.publisher:
            return "not theirs"
        key.is_dead = True
        for child, each in self.keys.items():
            if each.parent == name:
                each.is_dead or self.revoke(who, child)
        return ""

    # -- accounts

    def leave(self, who: str) -> str:
        if self.people[who] != "well":
            return "not signed in"
        for name, there in self.projects.items():
            owners = self._full_owners(name)
            if there.versions and who in owners and not self.well(owners - {who}):
                return "the last owner of files"
        for over in self.organisations.values():
            owners = {each for each, place in over.members.items() if place == "owner"}
            if who in owners and len(over.members) > 1 and not self.well(owners - {who}):
                return "the last owner of an organisation with others in it"
        for name, there in self.projects.items():
            stays = there.own.get(who, set()) & {"owner"} if self._full_owners(name) == {who} else set()
            there.own[who] = stays
        for over in self.organisations.values():
            over.members.pop(who, None)
            for people in over.teams.values():
                people.discard(who)
        self.people[who] = "gone"
        self.offers = {key: each for key, each in self.offers.items() if each.to != who}
        for key in self.keys.values():
            key.is_dead |= key.owner == who and not key.publisher
        return ""

    def _full_owners(self, project: str) -> set[str]:
        """Whoever owns a project by a role of their own, or as an owner of its organisation; teams do not count."""
        there = self.projects[project]
        return {
            who
            for who in self.people
            if "owner" in there.own.get(who, ()) or self.runs_whatever(who, there.organisation)
        }
