"""`strongroom admin fsck`, `backup`, `restore`: checks and copies.

Principles: GEN-2.1
"""

import os
import tempfile
from pathlib import Path

import click

from strongroom.commands.lock import held
from strongroom.commands.options import common, load_settings, opened, say


@click.command("fsck")
@click.option(
    "--prune", "pruning", is_flag=True, help="Take unnamed blobs away; only while nothing is being published."
)
@common
def fsck_command(pruning: bool, data: Path | None, config: Path | None, as_json: bool) -> None:
    """Read every file and compare its digest. Exit code 1 when one is missing or damaged."""
    from strongroom.storage.fsck import fsck, prune

    with opened(data, config) as repository:
        found = fsck(repository.vault, repository.blobs)
        if pruning:
            prune(repository.blobs, found)
    facts: dict[str, object] = {
        "files": found.files,
        "missing": found.missing,
        "damaged": found.damaged,
        "unnamed": found.unnamed,
        "clean": found.is_clean,
    }
    lines = [f"  {kind}: {path}" for kind in ("missing", "damaged", "unnamed") for path in getattr(found, kind)]
    verdict = "all there and whole" if found.is_clean else "NOT CLEAN"
    say(as_json, facts, "\n".join([f"{found.files} files: {verdict}", *lines]))
    if not found.is_clean:
        raise SystemExit(1)


@click.command("backup")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@common
def backup_command(file: Path, data: Path | None, config: Path | None, as_json: bool) -> None:
    """Copy everything into FILE (a tar, readable by its owner only), also while the repository is served."""
    from strongroom.storage.backup import backup

    # Readable by its owner only from its first byte on, and never in the way of an older backup that is whole.
    descriptor, beside = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
    try:
        with os.fdopen(descriptor, "wb") as out, opened(data, config) as repository:
            counts = backup(repository.vault.engine, repository.blobs, out)
            out.flush()
            os.fsync(out.fileno())
        Path(beside).rename(file)
    except RuntimeError as error:
        raise click.ClickException(str(error)) from None
    finally:
        Path(beside).unlink(missing_ok=True)
    say(
        as_json,
        dict(counts),
        f"{file}: {counts['file']} files of {counts['project']} projects, {counts['event']} events",
    )


@click.command("restore")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@common
def restore_command(file: Path, data: Path | None, config: Path | None, as_json: bool) -> None:
    """Make an empty data folder (and database) into the repository that FILE holds, and check every file."""
    from strongroom.storage.backup import restore
    from strongroom.storage.fsck import fsck

    with held(load_settings(config, data=data).data), opened(data, config, may_make=True) as repository:
        with file.open("rb") as source:
            counts = restore(repository.vault.engine, repository.blobs, source)
        # Pages of what was there before, newer than the backup perhaps, must not outlive it.
        repository.store.clear()
        found = fsck(repository.vault, repository.blobs)
    if not found.is_clean:
        raise click.ClickException("The restored files are not whole; run: strongroom admin fsck")
    say(as_json, dict(counts), f"Restored {counts['file']} files of {counts['project']} projects; all there and whole.")
