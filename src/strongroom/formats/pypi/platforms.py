"""The platforms for which a wheel may be published.

Source: PEP 425, 513, 571, 599, 600, 656, 730, 738, 783. A platform that no installer asks for would hide a file from
everybody who looks at what installers get; `linux_x86_64` promises nothing about the machine that it runs on.

Principles: none
"""

import re
from collections.abc import Iterable

from strongroom.formats.pypi.archives.paths import shown
from strongroom.kernel.refusals import Refused

_LINUX = r"(?:x86_64|i686|aarch64|armv7l|ppc64|ppc64le|s390x|riscv64|loongarch64)"
_APPLE = r"(?:x86_64|arm64|i386|ppc|ppc64|intel|fat|fat3|fat32|fat64|universal|universal2)"
_PLATFORM = re.compile(
    "|".join(
        (
            r"any",
            r"win32|win_(?:amd64|arm64|arm32|ia64)",
            r"manylinux(?:1|2010)_(?:x86_64|i686)",
            rf"manylinux2014_{_LINUX}",
            rf"(?:many|musl)linux_[0-9]+_[0-9]+_{_LINUX}",
            r"linux_armv[67]l",
            rf"macosx_(?:10_[0-9]+|1[1-5]_0|2[6-9]_0)_{_APPLE}",
            r"ios_[0-9]+_[0-9]+_(?:arm64_iphoneos|(?:arm64|x86_64)_iphonesimulator)",
            r"android_[0-9]+_(?:arm64_v8a|armeabi_v7a|x86|x86_64)",
            r"(?:pyodide|pyemscripten)_[0-9]+_[0-9]+_wasm32",
        )
    )
)


def require_known_platforms(platforms: Iterable[str]) -> None:
    """Refuse platform tags that no installer asks for, or that promise nothing."""
    for platform in platforms:
        if not _PLATFORM.fullmatch(platform):
            raise Refused(
                "platform-unknown",
                f"The platform tag {shown(platform)} is not accepted; on Linux, repair the wheel with auditwheel.",
            )
