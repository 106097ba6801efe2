"""The one way Strongroom says no.

Principles: none
"""


class Refused(Exception):
    """A rule stopped an action, on behalf of a principle.

    `code` is stable and machine-readable. `says` is for the person: what happened and what to do now; one line.
    `principle` is the principle that the rule serves, or "" for a rule of our own. The web edge alone decides which
    HTTP status a code becomes (`web/problems.py`).
    """

    def __init__(self, code: str, says: str, *, principle: str = "") -> None:
        super().__init__(f"{code}: {says}")
        self.code = code
        self.says = says
        self.principle = principle
