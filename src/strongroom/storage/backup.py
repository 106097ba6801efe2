"""Copying a whole repository into one stream, and making one again out of it, on whichever stores.

The stream is a tar: `books/<table>.jsonl`, `about.json`, `files/<path>`. It holds password hashes and second factors.

Principles: GEN-2.1
"""

import json
import tarfile
import tempfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import IO, Any, BinaryIO, Final, cast

from sqlalchemy import Connection, Engine, Table, func, insert, select, text

from strongroom.kernel.digests import Sha256
from strongroom.packages.ports import BlobKey, Blobs, Part
from strongroom.storage.fsck import digest_of
from strongroom.storage.sql import schema
from strongroom.storage.sql.migrate import HEAD, upgrade

FORMAT: Final = 1
_ROWS: Final = 1000
_LONGEST_ABOUT_BYTES: Final = 1024 * 1024
_LONGEST_LINE_BYTES: Final = 64 * 1024 * 1024
_TABLES: Final[Sequence[Table]] = schema.metadata.sorted_tables


def backup(engine: Engine, blobs: Blobs, out: BinaryIO) -> dict[str, int]:
    """Write everything into a tar stream, also while the repository is being used; return how much of each there was.

    The books are read in one transaction, so at one serial. Blobs never change: those that the books name are copied
    after. RuntimeError when one of them was removed meanwhile: begin again.
    """
    with tarfile.open(fileobj=out, mode="w|") as tar, tempfile.TemporaryDirectory() as room:
        counts: dict[str, int] = {}
        scratch = Path(room) / "scratch"
        with engine.connect() as connection:
            if engine.dialect.name == "postgresql":
                connection.execution_options(isolation_level="REPEATABLE READ")
            with connection.begin():
                for table in _TABLES:
                    counts[table.name] = _dump(connection, table, scratch)
                    tar.add(scratch, arcname=f"books/{table.name}.jsonl")
                keys = _live_keys(connection)
        scratch.write_text(json.dumps({"format": FORMAT, "schema": HEAD, "rows": counts, "blobs": len(keys)}))
        tar.add(scratch, arcname="about.json")
        for key in keys:
            _add_blob(tar, blobs, key, scratch)
    return {**counts, "blobs": len(keys)}


def restore(engine: Engine, blobs: Blobs, source: IO[bytes]) -> dict[str, int]:
    """Make an empty repository into that of the backup; return how much of each there was.

    ValueError when the repository is not empty or the backup is not whole; nothing is kept of the books then.
    """
    upgrade(engine)
    about: dict[str, Any] = {}
    counts: dict[str, int] = {"blobs": 0}
    with engine.begin() as connection, tarfile.open(fileobj=source, mode="r|") as tar:
        _require_empty(connection)
        for member in tar:
            content = cast(BinaryIO | None, tar.extractfile(member))
            place, _, rest = member.name.partition("/")
            if content is None:
                raise ValueError(f"{member.name} is no part of a backup.")
            if member.name == "about.json":
                about = json.loads(content.read(_LONGEST_ABOUT_BYTES))
            elif place == "books":
                table = _table_named(rest)
                counts[table.name] = _load(connection, table, content)
            elif place == "files":
                _take_blob(blobs, rest, content)
                counts["blobs"] += 1
            else:
                raise ValueError(f"{member.name} is no part of a backup.")
        _require_whole(about, counts)
    return counts


def _dump(connection: Connection, table: Table, path: Path) -> int:
    count = 0
    rows = connection.execution_options(yield_per=_ROWS).execute(select(table))
    with path.open("w") as out:
        for row in rows:
            out.write(json.dumps([v.isoformat() if isinstance(v, datetime) else v for v in row]) + "\n")
            count += 1
    return count


def _load(connection: Connection, table: Table, content: BinaryIO) -> int:
    columns = list(table.columns)
    count = 0
    batch: list[dict[str, Any]] = []
    while line := content.readline(_LONGEST_LINE_BYTES):
        values = zip(columns, json.loads(line), strict=True)
        batch.append({c.name: _value(c.type, value) for c, value in values})
        if len(batch) == _ROWS:
            connection.execute(insert(table), batch)
            count, batch = count + len(batch), []
    if batch:
        connection.execute(insert(table), batch)
    if connection.dialect.name == "postgresql" and "id" in table.columns:
        # The rows came with their numbers: the next number must be past them.
        sequence = f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), max(id)) FROM \"{table.name}\""  # noqa: S608
        connection.execute(text(sequence))
    return count + len(batch)


def _value(kind: object, value: Any) -> Any:
    return datetime.fromisoformat(value) if isinstance(kind, schema.Time) and value is not None else value


def _live_keys(connection: Connection) -> list[BlobKey]:
    query = select(schema.file.c.sha256, schema.file.c.filename).where(schema.file.c.removed.is_(False))
    keys = []
    for sha256, filename in connection.execute(query):
        keys += [BlobKey(Sha256(sha256), filename), BlobKey(Sha256(sha256), f"{filename}.metadata")]
    return keys


def _add_blob(tar: tarfile.TarFile, blobs: Blobs, key: BlobKey, scratch: Path) -> None:
    try:
        with blobs.open(key) as content, scratch.open("wb") as out:
            while piece := content.read(1024 * 1024):
                out.write(piece)
    except KeyError:
        raise RuntimeError(f"{key.leaf} was removed while the backup was made, or is missing: begin again") from None
    tar.add(scratch, arcname=f"files/{key.path}")


def _take_blob(blobs: Blobs, path: str, content: BinaryIO) -> None:
    first, second, third, leaf = path.split("/", 3)
    digest = Sha256.parse(first + second + third)
    with tempfile.TemporaryFile() as whole:
        while piece := content.read(1024 * 1024):
            whole.write(piece)
        whole.seek(0)
        sha256 = digest_of(cast(BinaryIO, whole))
        if not leaf.endswith(".metadata") and sha256 != digest:
            raise ValueError(f"{leaf} is damaged in the backup.")
        whole.seek(0)
        blobs.put(digest, {leaf: Part(cast(BinaryIO, whole), sha256)})
    blobs.settle(digest)


def _table_named(rest: str) -> Table:
    found = next((table for table in _TABLES if rest == f"{table.name}.jsonl"), None)
    if found is None:
        raise ValueError(f"books/{rest} is no part of a backup.")
    return found


def _require_empty(connection: Connection) -> None:
    if connection.execute(select(func.count()).select_from(schema.event)).scalar_one():
        raise ValueError("The repository is not empty: restore into a new data folder or database.")
    for table in reversed(_TABLES):
        connection.execute(table.delete())


def _require_whole(about: dict[str, Any], counts: dict[str, int]) -> None:
    rows = {name: count for name, count in counts.items() if name != "blobs"}
    if about.get("format") != FORMAT or about.get("schema") != HEAD:
        raise ValueError(f"The backup is not of this version: it has schema {about.get('schema')}, not {HEAD}.")
    if about.get("rows") != rows or about.get("blobs") != counts["blobs"]:
        raise ValueError("The backup is not whole.")
