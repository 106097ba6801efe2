"""A DNS server on this machine, over UDP and TCP, with the zones that a test gives it.

Principles: none
"""

import socketserver
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset


@dataclass
class Zones:
    """What the server answers: per name, per kind of record, its texts. A name in `codes` gets that code instead.

    Any other name does not exist. `silent` names get no answer; `long` ones get one that has to be fetched by TCP.
    """

    address: str = ""
    names: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    codes: dict[str, dns.rcode.Rcode] = field(default_factory=dict)
    silent: set[str] = field(default_factory=set)
    long: set[str] = field(default_factory=set)
    asked: list[tuple[str, str]] = field(default_factory=list)
    over_tcp: int = 0

    def answer(self, wire: bytes, *, tcp: bool) -> bytes | None:
        query = dns.message.from_wire(wire)
        question = query.question[0]
        name = question.name.to_text(omit_final_dot=True).lower()
        kind = dns.rdatatype.to_text(question.rdtype)
        self.asked.append((name, kind))
        self.over_tcp += tcp
        if name in self.silent:
            return None
        reply = dns.message.make_response(query, recursion_available=True)
        if name in self.codes:
            reply.set_rcode(self.codes[name])
        elif name not in self.names:
            reply.set_rcode(dns.rcode.NXDOMAIN)
        elif name in self.long and not tcp:
            reply.flags |= dns.flags.TC
        elif texts := self.names[name].get(kind):
            reply.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, *texts))
        return reply.to_wire()


@contextmanager
def resolving(zones: Zones | None = None) -> Iterator[Zones]:
    """Serve zones on a free port of this machine for as long as the block lasts."""
    held = zones or Zones()

    class Packets(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            packet, socket = self.request
            if (reply := held.answer(packet, tcp=False)) is not None:
                socket.sendto(reply, self.client_address)

    class Streams(socketserver.StreamRequestHandler):
        timeout = 5

        def handle(self) -> None:
            (length,) = struct.unpack("!H", self.rfile.read(2))
            reply = held.answer(self.rfile.read(length), tcp=True) or b""
            self.wfile.write(struct.pack("!H", len(reply)) + reply)

    packets, streams = _on_one_port(Packets, Streams)
    with packets:
        port = packets.server_address[1]
        with streams:
            held.address = f"127.0.0.1:{port}"
            servers = (packets, streams)
            threads = [threading.Thread(target=each.serve_forever, args=(0.02,), daemon=True) for each in servers]
            for thread in threads:
                thread.start()
            try:
                yield held
            finally:
                for each in servers:
                    each.shutdown()
                for thread in threads:
                    thread.join()


def _on_one_port(
    packets: type[socketserver.BaseRequestHandler], streams: type[socketserver.StreamRequestHandler]
) -> tuple[socketserver.ThreadingUDPServer, socketserver.ThreadingTCPServer]:
    """Return servers of packets and of streams on one port; one that is free for packets may be taken for streams."""
    while True:
        udp = socketserver.ThreadingUDPServer(("127.0.0.1", 0), packets)
        try:
            return udp, socketserver.ThreadingTCPServer(("127.0.0.1", udp.server_address[1]), streams)
        except OSError:
            udp.server_close()
