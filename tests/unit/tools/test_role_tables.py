"""The tables of roles in the handbook are what the code decides by, and name every deed that there is.

Principles: AUTHZ-2.1
"""

import pytest
from tools.role_matrix import BY_TOKEN, DEEDS, ELSE, ORGANISATION_DEEDS, OWN_DEEDS, PAGE, renewed

from strongroom.authz.roles import ORGANISATION_RIGHTS, RIGHTS, OrganisationRight, OrganisationRole, Right, Role
from strongroom.authz.tokens import TOKEN_RIGHTS
from strongroom.web.people import organisation_deeds, project_deeds, publisher_deeds


@pytest.mark.principle("AUTHZ-2.1")
def test_the_tables_of_roles_are_up_to_date() -> None:
    page = PAGE.read_text("utf-8")
    assert renewed(page) == page, "python -m tools.role_matrix"


def test_every_deed_of_projects_and_organisations_needs_a_right_or_concerns_nobody_else() -> None:
    tables = (project_deeds.DEEDS, organisation_deeds.DEEDS, publisher_deeds.DEEDS)
    known = {deed.path for table in tables for deed in table if not deed.path.startswith("admin/")}
    named = [path for table in (DEEDS, ORGANISATION_DEEDS) for paths in table.values() for path in paths]
    assert {*named, *OWN_DEEDS} == known


def test_every_role_and_right_is_written_down_and_each_right_is_good_for_something() -> None:
    assert set(RIGHTS) == set(Role)
    assert set(ORGANISATION_RIGHTS) == set(OrganisationRole)
    assert set(DEEDS) == set(Right) and set(ORGANISATION_DEEDS) == set(OrganisationRight)
    assert all(DEEDS[each] or each in ELSE for each in Right)
    assert all(ORGANISATION_DEEDS.values())
    assert set(BY_TOKEN) == TOKEN_RIGHTS


def test_a_page_without_a_mark_is_no_page() -> None:
    with pytest.raises(ValueError, match="0 marks of roles"):
        renewed("# Roles")
