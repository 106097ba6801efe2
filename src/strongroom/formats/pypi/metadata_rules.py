"""Rules for core metadata that the specification leaves to the repository.

Principles: none
"""

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from strongroom.formats.pypi.archives.paths import shown
from strongroom.kernel.refusals import Refused

SUMMARY_LIMIT_CHARACTERS = 512
LABEL_LIMIT_CHARACTERS = 32

_ADDRESS = re.compile(r"[^@\s<>,;]+@[^@\s<>,;]+")
_DIRECT = re.compile(r"^[A-Za-z0-9._\s-]+(?:\[[^\]]*\])?\s*@")

Raw = Mapping[str, Any]


def require_rules(raw: Raw) -> None:
    """Refuse metadata that breaks a rule of the repository; `raw` is as `packaging.metadata.parse_email` gives it."""
    for rule in _RULES:
        rule(raw)


def _require_short_summary(raw: Raw) -> None:
    if len(raw.get("summary", "")) > SUMMARY_LIMIT_CHARACTERS:
        raise Refused("summary-too-long", f"The summary has more than {SUMMARY_LIMIT_CHARACTERS} characters; cut it.")


def _require_addresses(raw: Raw) -> None:
    for field in ("author_email", "maintainer_email"):
        value = raw.get(field, "")
        if value and not _ADDRESS.search(value):
            raise Refused("e-mail-invalid", f"The {field} {shown(value)} has no e-mail address in it; correct it.")


def _require_known_classifiers(raw: Raw) -> None:
    # Nearly a thousand strings, wanted only where files are published.
    from trove_classifiers import classifiers, deprecated_classifiers

    for classifier in raw.get("classifiers", ()):
        if classifier in deprecated_classifiers:
            instead = ", ".join(deprecated_classifiers[classifier]) or "none"
            raise Refused(
                "classifier-deprecated", f"The classifier {shown(classifier)} is deprecated; use instead: {instead}."
            )
        # "Private ::" marks a package that must not reach the public index; here it is welcome.
        if classifier not in classifiers and not classifier.startswith("Private ::"):
            raise Refused("classifier-unknown", f"The classifier {shown(classifier)} is not known; remove it.")


def _require_no_direct_requirements(raw: Raw) -> None:
    for field in ("requires_dist", "provides_dist", "obsoletes_dist"):
        for requirement in raw.get(field, ()):
            # "Public index servers SHOULD NOT allow the use of direct references in uploaded distributions." (PEP 440)
            if _DIRECT.match(requirement):
                raise Refused(
                    "direct-requirement",
                    f"The requirement {shown(requirement)} names a URL, which nobody can pin or check; name a version.",
                )


def _require_one_license(raw: Raw) -> None:
    # "Build tools … index servers … MUST reject … both License and License-Expression." (PEP 639, in substance)
    if raw.get("license") and raw.get("license_expression"):
        raise Refused("license-twice", "License and License-Expression are both there; keep License-Expression.")


def _require_links(raw: Raw) -> None:
    for field in ("home_page", "download_url"):
        if field in raw:
            _require_link(field, raw[field])
    for label, url in raw.get("project_urls", {}).items():
        if not 1 <= len(label) <= LABEL_LIMIT_CHARACTERS:
            raise Refused(
                "project-url-label",
                f"The label {shown(label)} of a Project-URL is not of 1 to {LABEL_LIMIT_CHARACTERS} characters.",
            )
        _require_link("project_urls", url)


def _require_link(field: str, url: str) -> None:
    try:
        parts = urlsplit(url)
        is_link = parts.scheme in {"http", "https"} and bool(parts.hostname) and url.isprintable() and " " not in url
    except ValueError:
        is_link = False
    if not is_link:
        raise Refused("url-invalid", f"The {field} {shown(url)} is no http or https address; correct or remove it.")


_RULES: tuple[Callable[[Raw], None], ...] = (
    _require_short_summary,
    _require_addresses,
    _require_known_classifiers,
    _require_no_direct_requirements,
    _require_one_license,
    _require_links,
)
