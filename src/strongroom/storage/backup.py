"""Copying a whole repository into one stream, and making one again out of it, on whichever stores.

The stream is a tar: `about.json`, `books/<table>.jsonl`, `counts.json`, `files/<path>`, in this order. It holds
password hashes and second factors.

Principles: GEN-2.1
"""

import json
import tarfile
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import IO, Any, BinaryIO, Final, cast

from sqlalchemy import Connection, Engine, Integer, Table, func, insert, select, text
from sqlalchemy.exc import InterfaceError, OperationalError, StatementError

from strongroom.kernel.digests import Sha256
from strongroom.packages.ports import BlobKey, Blobs, Part
from strongroom.storage.fsck import digest_of
from strongroom.storage.sql import schema
from strongroom.storage.sql.migrate import HEAD, upgrade
from strongroom.storage.sql.tables import Time

FORMAT: Final = 1
_ROWS: Final = 1000
_LONGEST_NOTE_BYTES: Final = 1024 * 1024
_LONGEST_LINE_BYTES: Final = 64 * 1024 * 1024
_TABLES: Final[Sequence[Table]] = schema.metadata.sorted_tables


def backup(engine: Engine, blobs: Blobs, out: BinaryIO) -> dict[str, int]:
    """Write everything into a tar stream, also while the repository is being used; return how much of each there was.

    The books are read in one transaction, so at one serial. Blobs never change: those that the books name are copied
    after, and compared. RuntimeError when one of them is damaged, or was removed meanwhile.
    """
    with tarfile.open(fileobj=out, mode="w|") as tar, tempfile.TemporaryDirectory() as room:
        counts: dict[str, int] = {}
        scratch = Path(room) / "scratch"
        _add_note(tar, "about.json", {"format": FORMAT, "schema": HEAD}, scratch)
        with engine.connect() as connection:
            if engine.dialect.name == "postgresql":
                connection.execution_options(isolation_level="REPEATABLE READ")
            with connection.begin():
                for table in _TABLES:
                    counts[table.name] = _dump(connection, table, scratch)
                    tar.add(scratch, arcname=f"books/{table.name}.jsonl")
                named = _named(connection)
        _add_note(tar, "counts.json", {"rows": counts, "blobs": len(named)}, scratch)
        for path, sha256 in named.items():
            _add_blob(tar, blobs, BlobKey.parse(path), sha256, scratch)
    return {**counts, "blobs": len(named)}


def restore(engine: Engine, blobs: Blobs, source: IO[bytes]) -> dict[str, int]:
    """Make an empty repository into that of the backup; return how much of each there was.

    ValueError when the repository is not empty, or the backup not whole or not of this version; nothing is kept then.
    """
    upgrade(engine)
    with ExitStack() as undo:
        try:
            with (
                engine.connect().execution_options(strongroom_writes=True) as connection,
                connection.begin(),
                tarfile.open(fileobj=source, mode="r|") as tar,
            ):
                _require_empty(connection)
                counts = _take(connection, blobs, tar, undo)
        except tarfile.TarError as error:
            raise ValueError(f"The backup is not whole: {error}.") from None
        except (InterfaceError, OperationalError):
            raise  # the database's own trouble
        except StatementError as error:
            raise ValueError(f"The backup is forged or damaged: {error.orig}.") from None
        undo.pop_all()
        # Until here a crash leaves marks, by which the next start finds and takes away what it left.
        for path in _named_now(engine):
            blobs.settle(BlobKey.parse(path).digest)
    return counts


def _take(connection: Connection, blobs: Blobs, tar: tarfile.TarFile, undo: ExitStack) -> dict[str, int]:
    """Enter every row, then put every blob that the rows name, and no other; what was put is taken back by `undo`."""
    members = _members(tar)
    about = _note(members, "about.json")
    if about.get("format") != FORMAT or about.get("schema") != HEAD:
        raise ValueError(f"The backup is not of this version: it has schema {about.get('schema')}, not {HEAD}.")
    counts = {table.name: _load(connection, table, _content(members, f"books/{table.name}.jsonl")) for table in _TABLES}
    named = _named(connection)
    if _note(members, "counts.json") != {"rows": counts, "blobs": len(named)}:
        raise ValueError("The backup is not whole: rows are missing.")
    for member, content in members:
        path = member.removeprefix("files/")
        sha256 = named.pop(path, None)
        if sha256 is None:
            raise ValueError(f"{member} is no part of the backup.")
        _put_blob(blobs, BlobKey.parse(path), sha256, content, undo)
    if named:
        raise ValueError(f"The backup is not whole: {len(named)} files are missing.")
    return {**counts, "blobs": len(_named(connection))}


def _members(tar: tarfile.TarFile) -> Iterator[tuple[str, BinaryIO]]:
    for member in tar:
        content = tar.extractfile(member) if member.isreg() else None
        if content is None:
            raise ValueError(f"{member.name} is no part of a backup.")
        yield member.name, cast(BinaryIO, content)


def _content(members: Iterator[tuple[str, BinaryIO]], name: str) -> BinaryIO:
    found, content = next(members, ("nothing", None))
    if found != name or content is None:
        raise ValueError(f"The backup is not whole: {found} where {name} should be.")
    return content


def _note(members: Iterator[tuple[str, BinaryIO]], name: str) -> Mapping[str, Any]:
    note = json.loads(_content(members, name).read(_LONGEST_NOTE_BYTES))
    if not isinstance(note, dict):
        raise ValueError(f"{name} is no part of a backup.")
    return note


def _add_note(tar: tarfile.TarFile, name: str, note: Mapping[str, object], scratch: Path) -> None:
    scratch.write_text(json.dumps(note))
    tar.add(scratch, arcname=name)


def _dump(connection: Connection, table: Table, path: Path) -> int:
    count = 0
    rows = connection.execution_options(yield_per=_ROWS).execute(select(table))
    with path.open("w") as out:
        for row in rows:
            out.write(json.dumps([v.isoformat() if isinstance(v, datetime) else v for v in row]) + "\n")
            count += 1
    return count


def _load(connection: Connection, table: Table, content: BinaryIO) -> int:
    count = 0
    batch: list[dict[str, Any]] = []
    while line := content.readline(_LONGEST_LINE_BYTES):
        batch.append(_row(table, json.loads(line)))
        if len(batch) == _ROWS:
            connection.execute(insert(table), batch)
            count, batch = count + len(batch), []
    if batch:
        connection.execute(insert(table), batch)
    numbered = "id" in table.columns and isinstance(table.columns["id"].type, Integer)
    if connection.dialect.name == "postgresql" and numbered:
        # The rows came with their numbers: the next number must be past them.
        sequence = f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), max(id)) FROM \"{table.name}\""  # noqa: S608
        connection.execute(text(sequence))
    return count + len(batch)


def _row(table: Table, values: object) -> dict[str, Any]:
    if not isinstance(values, list) or not all(isinstance(value, str | int | None) for value in values):
        raise ValueError(f"books/{table.name}.jsonl has a line that is no row.")
    row = {}
    for column, value in zip(table.columns, values, strict=True):
        is_time = isinstance(column.type, Time) and value is not None
        row[column.name] = datetime.fromisoformat(str(value)) if is_time else value
    return row


def _named(connection: Connection) -> dict[str, Sha256]:
    """Return the path and the digest of every blob that the books name."""
    file = schema.file.c
    query = select(file.sha256, file.filename, file.metadata_sha256).where(file.removed.is_(False)).order_by(file.id)
    named = {}
    for sha256, filename, metadata in connection.execute(query):
        digest = Sha256.parse(sha256)
        named[BlobKey(digest, filename).path] = digest
        named[BlobKey(digest, f"{filename}.metadata").path] = Sha256.parse(metadata)
    return named


def _named_now(engine: Engine) -> dict[str, Sha256]:
    with engine.connect() as connection:
        return _named(connection)


def _add_blob(tar: tarfile.TarFile, blobs: Blobs, key: BlobKey, sha256: Sha256, scratch: Path) -> None:
    try:
        with blobs.open(key) as content, scratch.open("wb") as out:
            while piece := content.read(1024 * 1024):
                out.write(piece)
    except KeyError:
        raise RuntimeError(
            f"{key.leaf} was removed while the backup was made: begin again. If it is missing for good, fsck tells."
        ) from None
    with scratch.open("rb") as copied:
        if digest_of(copied) != sha256:
            raise RuntimeError(f"{key.leaf} is damaged in this repository: see strongroom admin fsck.")
    tar.add(scratch, arcname=f"files/{key.path}")


def _put_blob(blobs: Blobs, key: BlobKey, sha256: Sha256, content: BinaryIO, undo: ExitStack) -> None:
    with tempfile.TemporaryFile() as whole:
        while piece := content.read(1024 * 1024):
            whole.write(piece)
        whole.seek(0)
        if digest_of(cast(BinaryIO, whole)) != sha256:
            raise ValueError(f"{key.leaf} is damaged in the backup.")
        whole.seek(0)
        undo.callback(blobs.settle, key.digest)
        if not _is_there(blobs, key):
            undo.callback(blobs.remove, key)
        blobs.put(key.digest, {key.leaf: Part(cast(BinaryIO, whole), sha256)})


def _is_there(blobs: Blobs, key: BlobKey) -> bool:
    try:
        blobs.open(key).close()
    except KeyError:
        return False
    return True


def _require_empty(connection: Connection) -> None:
    if connection.execute(select(func.count()).select_from(schema.event)).scalar_one():
        raise ValueError("The repository is not empty: restore into a new data folder or database.")
    for table in reversed(_TABLES):
        connection.execute(table.delete())
