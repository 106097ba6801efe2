"""`strongroom serve`: run a repository.

Principles: AUTHN-1.3
"""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from strongroom.commands.lock import held
from strongroom.commands.options import config_option, data_option, load_settings, open_as

if TYPE_CHECKING:
    from strongroom.settings import Settings


def write_log_lines() -> None:
    """Log as one line of JSON a happening, on standard error; a traceback without the values of its variables."""
    import logging

    import structlog

    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            # Never the locals: a token may be among them.
            structlog.processors.ExceptionRenderer(structlog.tracebacks.ExceptionDictTransformer(show_locals=False)),
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    logging.basicConfig(level=logging.ERROR, format='{"level": "%(levelname)s", "event": "%(name)s: %(message)s"}')


@click.command("serve")
@data_option
@config_option
@click.option("--host", help="Address to listen on (default 127.0.0.1).")
@click.option("--port", type=click.IntRange(1, 65535), help="Port to listen on (default 8000).")
@click.option("--public-url", help="Address that people and clients use, when a proxy is in front.")
def command(data: Path | None, config: Path | None, host: str | None, port: int | None, public_url: str | None) -> None:
    """Run a repository until it is told to stop.

    The first start makes the data folder and prints a link, good once, for the first administrator.
    """
    write_log_lines()
    chosen = load_settings(config, data=data, host=host, port=port, public_url=public_url)
    with held(chosen.data):
        _serve(chosen)


def _serve(chosen: "Settings") -> None:
    from strongroom.app import projectors, serve_application
    from strongroom.household import SITE_URL, staff_of
    from strongroom.people.registry import invite_first_administrator
    from strongroom.web.server import Beside, Listening, serve

    repository = open_as(chosen)
    served = serve_application(repository)
    invitation = invite_first_administrator(repository.registry())
    staff = staff_of(repository, served.desk)
    beside = (
        Beside("projectors", 1.0, projectors(repository, served)),
        Beside("letters", 0.3, staff.post),
        Beside("chores", 60.0, staff.work),
    )

    # What is done by command beside the server mails links to the address that it is served at.
    (chosen.data / SITE_URL).write_text(chosen.site_url)

    def ready() -> None:
        click.echo(f"Strongroom serves {chosen.data} at {chosen.site_url}")
        if invitation is not None:
            click.echo(f"First administrator (this link works once): {chosen.site_url}setup/{invitation.reveal()}")

    limits = chosen.limits
    where = Listening(
        chosen.host,
        chosen.port,
        limits.header_seconds,
        limits.keep_alive_seconds,
        limits.connections,
        chosen.tls_certificate,
        chosen.tls_key,
    )
    serve(served.application, served.shortcut, where, ready, beside)
    repository.close()
