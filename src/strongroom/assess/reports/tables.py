"""Reports for machines and lists: CSV, JUnit, the badge.

Principles: none
"""

import csv
import io
from typing import Final
from xml.etree import ElementTree

from markupsafe import escape

from strongroom.assess.evaluation import State
from strongroom.assess.reports.report import Report, reason

_HEADER: Final = ("clause", "track", "level", "required", "state", "grade", "conflict", "text", "reason", "annotation")


def as_csv(report: Report) -> str:
    """Return a line for each clause (RFC 4180). A cell that a spreadsheet would take for a formula is quoted."""
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(_HEADER)
    for track in report.assessment.tracks:
        for principle in track.principles:
            for found in principle.clauses:
                said = report.annotation(found.clause.id)
                row = (
                    found.clause.id,
                    track.track.value,
                    principle.principle.level,
                    "required" if found.clause.required else "advised",
                    found.state.value,
                    found.grade.word if found.grade is not None else "",
                    "conflict" if found.conflict else "",
                    found.clause.text,
                    reason(report, found),
                    f"{said.kind.value} by {said.owner} until {said.expires}: {said.reason}" if said else "",
                )
                table.writerow([plain_cell(str(each)) for each in row])
    return out.getvalue()


def plain_cell(text: str) -> str:
    """Return a cell that no spreadsheet evaluates: what a target says is not to be trusted."""
    text = text.replace("\x00", "")
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def as_junit(report: Report) -> str:
    """Return JUnit's XML: a clause is a test case, unmet a failure, unknown skipped with its reason."""
    root = ElementTree.Element("testsuites", name=f"principles at {report.assessment.circumstances.url}")
    for track in report.assessment.tracks:
        clauses = [c for p in track.principles for c in p.clauses]
        failed = sum(c.state in (State.UNMET, State.PARTLY) and c.clause.required for c in clauses)
        skipped = sum(c.state in (State.UNKNOWN, State.NOT_APPLICABLE) for c in clauses)
        suite = ElementTree.SubElement(
            root, "testsuite", name=track.track.value, tests=str(len(clauses)), failures=str(failed),
            errors="0", skipped=str(skipped), timestamp=f"{report.assessment.circumstances.ended:%Y-%m-%dT%H:%M:%S}",
        )  # fmt: skip
        for found in clauses:
            case = ElementTree.SubElement(
                suite, "testcase", classname=track.track.value, name=f"{found.clause.id} {found.clause.text}"
            )
            says = reason(report, found)
            if found.state in (State.UNMET, State.PARTLY) and found.clause.required:
                ElementTree.SubElement(case, "failure", message=says, type=found.state.value).text = says
            elif found.state in (State.UNKNOWN, State.NOT_APPLICABLE):
                ElementTree.SubElement(case, "skipped", message=says)
            else:
                ElementTree.SubElement(case, "system-out").text = says
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


_SEGMENTS: Final = {"authentication": "authn", "authorization": "authz", "general": "gen", "cli": "cli"}
_INK: Final = {0: "#8a1f11", 1: "#7a4b00", 2: "#1f5f8b", 3: "#186a3b"}
_GREY: Final = "#555"


def as_badge(report: Report) -> str:
    """Return a badge (SVG): the confirmed level of each track, and the day, without which a badge says nothing."""
    cells = []
    for track in report.assessment.tracks:
        level = "–" if track.confirmed is None else str(track.confirmed)
        cells.append((f"{_SEGMENTS[track.track.value]} {level}", _INK.get(track.confirmed or 0, _GREY)))
    if report.assessment.troubles:
        cells = [(text, _GREY) for text, _ in cells]
    day = f"{report.assessment.circumstances.ended:%Y-%m-%d}"
    widths = [8 + 7 * len(text) for text, _ in cells]
    whole = sum(widths) + 8 + 7 * len(day)
    says = escape(f"principles {', '.join(text for text, _ in cells)}, measured {day}")
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{whole}" height="20" role="img" aria-label="{says}">',
        f"<title>{says}</title>",
        f'<rect width="{whole}" height="20" rx="3" fill="{_GREY}"/>',
    ]
    at = 0
    for (text, ink), width in zip(cells, widths, strict=True):
        parts.append(f'<rect x="{at}" width="{width}" height="20" fill="{ink}"/>')
        parts.append(_label(at + width / 2, str(escape(text))))
        at += width
    parts.append(_label(at + (whole - at) / 2, day))
    return "\n".join([*parts, "</svg>"]) + "\n"


def _label(x: float, text: str) -> str:
    font = 'font-family="Verdana,DejaVu Sans,sans-serif" font-size="11" fill="#fff" text-anchor="middle"'
    return f'<text x="{x:g}" y="14" {font}>{text}</text>'
