"""Serving: one process, one event loop, a few threads for what touches the books.

Principles: none
"""

import asyncio
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import anyio.to_thread
import structlog
import uvicorn

from strongroom.web.protocol import Connection, Shortcut, connection_class

#: Threads that may work on requests at once; not more than the database has connections.
THREADS: Final = 16
_BACKLOG: Final = 1024
_LOOK_SECONDS: Final = 10.0
_LOG: Final = structlog.get_logger("strongroom.web")


@dataclass(frozen=True, slots=True)
class Listening:
    """Where and how to listen."""

    host: str
    port: int
    head_seconds: float
    keep_alive_seconds: int
    connections: int
    tls_certificate: Path | None = None
    tls_key: Path | None = None


@dataclass(frozen=True, slots=True)
class Beside:
    """Work that goes on beside the answers: again and again, so many seconds after it last ended."""

    name: str
    seconds: float
    work: Callable[[], object]


class Server(uvicorn.Server):
    """uvicorn's server, which says when it listens and has other work done beside."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None], beside: Sequence[Beside]) -> None:
        super().__init__(config)
        self._ready = ready
        self._work = beside
        self._beside: list[asyncio.Task[None]] = []

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then say so."""
        anyio.to_thread.current_default_thread_limiter().total_tokens = THREADS
        await super().startup(sockets=sockets)
        if not self.should_exit:
            self._beside = [asyncio.create_task(_repeat(each)) for each in self._work]
            self._beside.append(asyncio.create_task(self._watch_readers()))
            self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop following, then close the connections."""
        for task in self._beside:
            task.cancel()
        await super().shutdown(sockets=sockets)

    async def _watch_readers(self) -> None:
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            for connection in list(self.server_state.connections):
                if isinstance(connection, Connection):
                    connection.end_if_stuck()


async def _repeat(beside: Beside) -> None:
    # A thread of its own for each: one that waits for a mail relay holds up neither pages nor readers.
    thread = anyio.CapacityLimiter(1)
    while True:
        await asyncio.sleep(beside.seconds)
        try:
            await anyio.to_thread.run_sync(beside.work, limiter=thread)
        except Exception as error:  # noqa: BLE001
            # The next round tries again from where the books say it stands: nothing is lost.
            _LOG.error(beside.name, exc_info=error)


def serve(
    application: Any,
    shortcut: Shortcut,
    where: Listening,
    ready: Callable[[], None],
    beside: Sequence[Beside],
) -> None:
    """Serve until told to stop (SIGINT, SIGTERM); `ready` is called once connections are taken."""
    config = uvicorn.Config(
        application,
        host=where.host,
        port=where.port,
        loop="uvloop",
        http=connection_class(shortcut, where.head_seconds),
        ws="none",
        lifespan="off",
        access_log=False,
        log_config=None,
        log_level="error",
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=where.keep_alive_seconds,
        timeout_graceful_shutdown=10,
        limit_concurrency=where.connections,
        backlog=_BACKLOG,
        ssl_certfile=where.tls_certificate,
        ssl_keyfile=where.tls_key,
    )
    family = socket.AF_INET6 if ":" in where.host else socket.AF_INET
    try:
        listening = socket.create_server((where.host, where.port), family=family, backlog=_BACKLOG)
    except OSError as error:
        raise OSError(f"Nobody can listen on {where.host} port {where.port}: {error.strerror}.") from None
    with listening:
        Server(config, ready, beside).run(sockets=[listening])
