"""`strongroom token`: what anybody can do with a token that lies where it should not.

Principles: AUTHZ-3.2
"""

import json
from collections.abc import Iterator, Sequence
from typing import IO, Final

import click

from strongroom.kernel.secrets import Secret

_PIECE_BYTES: Final = 1024 * 1024
_BATCH: Final = 1000
_SECONDS: Final = 30
_MOST: Final = 100_000


@click.group("token")
def command() -> None:
    """Find leaked tokens in any text, and end them."""


@command.command("revoke-leaked")
@click.argument("text", type=click.File("rb"))
@click.option(
    "--url", required=True, help="The repository whose tokens they are, such as https://packages.example.org/"
)
@click.option("--dry-run", is_flag=True, help="Only say what is found; ask nobody.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
def revoke_leaked(text: IO[bytes], url: str, dry_run: bool, as_json: bool) -> None:
    """Find every token in TEXT, of whatever kind it is (- for standard input), and have the repository end it.

    To hold a token is enough: no account is needed. The repository answers the same whether a token was alive or not.
    """
    from strongroom.authz.leaks import masked

    found = list(_distinct(text))
    if not dry_run:
        _end(url, [secret for _, secret in found])
    if as_json:
        lines = [{"token": masked(secret), "at": at} for at, secret in found]
        click.echo(json.dumps({"found": lines, "ended": not dry_run and bool(found)}))
        return
    for at, secret in found:
        click.echo(f"{masked(secret):32} at byte {at}")
    if not found:
        click.echo("No token was found.")
    elif dry_run:
        click.echo(f"{len(found)} found; nothing was sent.")
    else:
        click.echo(f"{len(found)} found. Whichever of them was alive at {url} is dead now, and its owner is told.")


def _distinct(text: IO[bytes]) -> Iterator[tuple[int, Secret]]:
    """Yield each token once, with the place of its first byte."""
    from strongroom.authz.leaks import LONGEST_TOKEN, tokens_in

    seen: set[str] = set()
    tail, begins = b"", 0
    while piece := text.read(_PIECE_BYTES):
        window = tail + piece
        for at, secret in tokens_in(window):
            print_ = secret.fingerprint()
            if print_ not in seen and len(seen) < _MOST:
                seen.add(print_)
                yield begins + at, secret
        tail = window[-(LONGEST_TOKEN - 1) :]
        begins += len(window) - len(tail)


def _end(url: str, secrets: Sequence[Secret]) -> None:
    from strongroom.authz.leaks import SURRENDER
    from strongroom.outbound.fetching import Unanswered, fetch

    for first in range(0, len(secrets), _BATCH):
        body = json.dumps([secret.reveal() for secret in secrets[first : first + _BATCH]]).encode()
        try:
            answer = fetch(
                f"{url.rstrip('/')}{SURRENDER}",
                headers={"Content-Type": "application/json"},
                content=body,
                limit_bytes=64 * 1024,
                timeout_seconds=_SECONDS,
            )
        except Unanswered as silent:
            raise click.ClickException(f"The repository does not answer, and nothing is known: {silent}") from None
        # Tokens that nobody there holds are counted after the others were ended.
        if answer.status not in (204, 429):
            raise click.ClickException(f"The repository did not take them: status {answer.status}.")
