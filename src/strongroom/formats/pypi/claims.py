"""What the legacy upload form says of a file, in one spelling.

The form has a field for each field of the core metadata: "lower-cased, hyphens to underscores", and plural where a
field may be repeated. The plural was forgotten for some, and clients differ on these; both spellings are read.

Principles: GEN-2.1
"""

from collections.abc import Mapping

from strongroom.formats import Claims

#: Form field to metadata field, for every field whose claim is compared with the file. Others are ignored, among them
#: two that flit fills in on its own and that nobody reads: `metadata_version`, which is of the form itself, and
#: `provides` (deprecated), where it puts the module's name. Claims are only compared, so nothing gets in by it.
METADATA_FIELDS: Mapping[str, str] = {
    **{
        field: field
        for field in (
            "name",
            "version",
            "summary",
            "description",
            "description_content_type",
            "keywords",
            "home_page",
            "download_url",
            "author",
            "author_email",
            "maintainer",
            "maintainer_email",
            "license",
            "license_expression",
            "requires_python",
            "classifiers",
            "requires",
            "obsoletes",
            "requires_dist",
            "provides_dist",
            "obsoletes_dist",
            "requires_external",
            "project_urls",
            "provides_extra",
            "dynamic",
        )
    },
    **{
        spelling: plural
        for plural in ("platforms", "supported_platforms", "license_files", "import_names", "import_namespaces")
        for spelling in (plural, plural.removesuffix("s"))
    },
    "provides_extras": "provides_extra",
}

_SAID_NOTHING = frozenset({"", "UNKNOWN"})


def is_said(value: str) -> bool:
    """Report whether a metadata value says anything; old tools wrote `UNKNOWN` where nothing was known."""
    return value.strip() not in _SAID_NOTHING


def metadata_claims(claims: Claims) -> dict[str, list[str]]:
    """Return the claims about metadata by the name of the metadata field; values that say nothing are left out."""
    said: dict[str, list[str]] = {}
    for field, values in claims.items():
        name = METADATA_FIELDS.get(field)
        present = [value for value in values if is_said(value)]
        if name and present:
            said.setdefault(name, []).extend(present)
    return said
