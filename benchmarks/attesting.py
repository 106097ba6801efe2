"""How long it takes to verify a file's attestations, and what the libraries that do it cost when they come.

    python -m benchmarks.attesting

Principles: AUTHZ-3.3
"""

import json
import statistics
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from strongroom.authz.build_identity import BuildIdentity
from strongroom.kernel.digests import Sha256
from strongroom.outbound.attesting import SigstoreVerifier

REAL = Path(__file__).parents[1] / "vectors" / "attestations" / "github.json"
ROUNDS = 200
MOST_MILLISECONDS = 20.0


def resident_mebibytes() -> float:
    """Return how much of this process is in memory."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 1024**2


def main() -> int:
    """Verify a real file's two attestations many times; print the costs, and return 1 when a file takes too long."""
    real = json.loads(REAL.read_text())
    identity = BuildIdentity(real["provider"], real["issuer"], real["fields"])
    given = json.dumps(real["attestations"]), real["filename"], Sha256(real["sha256"]), identity
    before, verifier = resident_mebibytes(), SigstoreVerifier()
    began = time.perf_counter()
    verifier.verify(*given, datetime.now(UTC))
    first, after = time.perf_counter() - began, resident_mebibytes()
    took = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        verifier.verify(*given, datetime.now(UTC))
        took.append(1000 * (time.perf_counter() - began))
    typical, slow = statistics.median(took), statistics.quantiles(took, n=100)[98]
    print(f"first: {1000 * first:.0f} ms with the imports, {after - before:.0f} MiB more memory")
    print(f"then:  {typical:.1f} ms a file of two attestations, 99 of 100 within {slow:.1f} ms")
    return int(slow > MOST_MILLISECONDS)


if __name__ == "__main__":
    sys.exit(main())
