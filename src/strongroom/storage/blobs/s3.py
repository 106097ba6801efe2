"""Blobs in an S3-compatible store.

A put is conditional (`If-None-Match: *`), so that an object is written once even by two writers at the same moment.

Principles: GEN-2.1
"""

import hashlib
import io
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import timedelta
from typing import BinaryIO, Final, cast

from obstore.exceptions import AlreadyExistsError
from obstore.store import S3Store

from strongroom.kernel.digests import Sha256
from strongroom.packages.ports import BlobKey, Part
from strongroom.storage.blobs.pending import Pending


def open_bucket(bucket: str, *, endpoint: str, region: str, access_key: str, secret_key: str) -> S3Store:
    """Return the bucket; `endpoint` is an address, `http://` only for one on this machine or a trusted network."""
    return S3Store(
        bucket,
        endpoint=endpoint,
        region=region,
        access_key_id=access_key,
        secret_access_key=secret_key,
        virtual_hosted_style_request=False,
        client_options={"allow_http": endpoint.startswith("http://"), "timeout": "60s", "connect_timeout": "5s"},
        retry_config={"max_retries": 3, "retry_timeout": timedelta(seconds=20)},
    )


class S3Blobs:
    """The `Blobs` in one bucket, under `prefix`; what is concealed, under `hidden`."""

    def __init__(self, store: S3Store, prefix: str = "files/", hidden: str = "concealed/") -> None:
        self._store: Final = store
        self._prefix: Final = prefix
        self._hidden: Final = hidden
        self._pending: Final = Pending()

    def put(self, digest: Sha256, parts: Mapping[str, Part], *, concealed: bool = False) -> None:
        """Keep a file and what belongs to it, or find them there already. ValueError when other bytes lie there."""
        self._pending.begin(digest)
        for leaf, part in parts.items():
            self._put(BlobKey(digest, leaf), part, self._hidden if concealed else self._prefix)

    def _put(self, key: BlobKey, part: Part, prefix: str) -> None:
        try:
            self._store.put(prefix + key.path, part.content, mode="create", use_multipart=False)
        except AlreadyExistsError:
            seen = hashlib.sha256()
            with self.open(key) as there:
                while piece := there.read(1024 * 1024):
                    seen.update(piece)
            if seen.hexdigest() != part.sha256.hex:
                raise ValueError(f"other bytes lie under {key.path}") from None

    def settle(self, digest: Sha256) -> None:
        """Say that the books now name the blobs of this file; what a crash leaves unnamed, `fsck` finds."""
        self._pending.end(digest, lambda: None)

    def withdraw(self, digest: Sha256, leaves: Iterable[str]) -> None:
        """Take back what was put, since the books do not name it; no effect while another upload of it is under way."""

        def take_back() -> None:
            for leaf in leaves:
                self.remove(BlobKey(digest, leaf))

        self._pending.end(digest, take_back)

    def open(self, key: BlobKey) -> BinaryIO:
        """Return the content, open for reading; KeyError when there is none."""
        try:
            return self._open(self._prefix + key.path)
        except KeyError:
            return self._open(self._hidden + key.path)

    def open_revealed(self, key: BlobKey) -> BinaryIO:
        """Return content that anybody may have, open for reading; KeyError when there is none."""
        return self._open(self._prefix + key.path)

    def _open(self, path: str) -> BinaryIO:
        try:
            size_bytes = self._store.head(path)["size"]
        except FileNotFoundError:
            raise KeyError(path) from None
        return cast(BinaryIO, io.BufferedReader(_Reading(self._store, path, size_bytes), 1024 * 1024))

    def conceal(self, key: BlobKey) -> None:
        """Let nobody have the content but through us; no effect when it is so, or when there is none."""
        with suppress(FileNotFoundError):
            self._store.rename(self._prefix + key.path, self._hidden + key.path)

    def reveal(self, key: BlobKey) -> None:
        """Let anybody have the content; no effect when it is so, or when there is none."""
        with suppress(FileNotFoundError):
            self._store.rename(self._hidden + key.path, self._prefix + key.path)

    def remove(self, key: BlobKey) -> None:
        """Take the content away; no effect when there is none."""
        for prefix in (self._prefix, self._hidden):
            with suppress(FileNotFoundError):
                self._store.delete(prefix + key.path)

    def keys(self) -> Iterator[str]:
        """Yield the path of every blob."""
        yield from self._paths(self._prefix)
        yield from self.concealed_keys()

    def concealed_keys(self) -> Iterator[str]:
        """Yield the path of every blob that is concealed."""
        return self._paths(self._hidden)

    def _paths(self, prefix: str) -> Iterator[str]:
        for batch in self._store.list(prefix):
            for entry in batch:
                yield entry["path"].removeprefix(prefix)


class _Reading(io.RawIOBase):
    """A seekable view of one object, read by ranges."""

    def __init__(self, store: S3Store, path: str, size_bytes: int) -> None:
        self._store, self._path, self._size, self._at = store, path, size_bytes, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, start + offset)
        return self._at

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        end = min(self._size, self._at + len(buffer))
        if end <= self._at:
            return 0
        piece = self._store.get_range(self._path, start=self._at, end=end)
        buffer[: len(piece)] = bytes(piece)
        self._at = end
        return len(piece)
