"""nginx serving rendered pages and files from disk: the most that this machine can do.

Principles: none
"""

import hashlib
import html
import json
import os
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from benchmarks.machine import facts, nginx_path
from benchmarks.peers import Server
from benchmarks.uploads import Endpoint
from benchmarks.wheels import Wheel

JSON_TYPE = "application/vnd.pypi.simple.v1+json"

CONFIG = """{user}worker_processes auto;
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  sendfile on;
  tcp_nopush on;
  keepalive_requests 1000000;
  {cache}
  default_type application/octet-stream;
  types {{ text/html html; {json_type} json; application/octet-stream whl metadata; }}
  map $http_accept $page {{ default html; "~{json_pattern}" json; }}
  server {{
    listen 127.0.0.1:{port};
    root {site};
    location ~ "^/simple/(?<project>[^/]+)/$" {{ add_header Vary Accept; try_files /simple/$project/index.$page =404; }}
    location = /simple/ {{ add_header Vary Accept; try_files /simple/index.$page =404; }}
  }}
}}
"""


@dataclass
class Nginx(Server):
    """Serves what `fill` rendered, in one folder for both ways of running it."""

    with_file_cache: bool = True

    def __post_init__(self) -> None:
        self.name = "nginx" if self.with_file_cache else "nginx, no file cache"
        self.takes_uploads = False

    def version(self) -> str:
        return facts()["nginx"]

    def prepare(self) -> None:
        self.fresh()
        (self.folder / "site/simple").mkdir(parents=True)
        (self.folder / "site/files").mkdir()
        (self.folder / "site/simple/index.html").touch()
        self.configure()

    def configure(self) -> None:
        """Write the configuration for this port and this way of running it."""
        text = CONFIG.format(
            user="user root;\n" if os.geteuid() == 0 else "",  # its workers could not read the folder otherwise
            folder=self.folder,
            site=self.folder / "site",
            port=self.port,
            cache="open_file_cache max=20000 inactive=60s;" if self.with_file_cache else "",
            json_type=JSON_TYPE,
            json_pattern=JSON_TYPE.replace("+", r"\+"),
        )
        (self.folder / "nginx.conf").write_text(text)

    def command(self) -> list[str]:
        self.configure()
        return [nginx_path(), "-p", str(self.folder), "-c", str(self.folder / "nginx.conf")]

    def endpoint(self) -> Endpoint:
        raise ValueError("nginx takes no uploads")

    def fill(self, wheels: Iterable[Wheel]) -> str:
        """Write every file and every page, HTML and JSON."""
        entries: dict[str, list[dict[str, object]]] = defaultdict(list)
        for wheel in wheels:
            (self.folder / "site/files" / wheel.filename).write_bytes(wheel.content)
            (self.folder / "site/files" / f"{wheel.filename}.metadata").write_bytes(wheel.metadata)
            entries[wheel.project].append(entry(wheel))
        for project, files in entries.items():
            self._write(f"{project}/", project_html(project, files), project_json(project, files))
        links = "".join(f'<a href="/simple/{name}/">{name}</a>\n' for name in sorted(entries))
        listed = {"meta": {"api-version": "1.4"}, "projects": [{"name": name} for name in sorted(entries)]}
        self._write("", page("Simple index", links), json.dumps(listed, separators=(",", ":")))
        return f"{sum(map(len, entries.values()))} files and {len(entries)} projects rendered"

    def replace_page(self, project_path: str, in_html: bytes, in_json: bytes) -> None:
        """Serve these bytes instead of our own rendering: those of the server that is compared."""
        self._write(project_path, in_html.decode(), in_json.decode())

    def _write(self, project_path: str, in_html: str, in_json: str) -> None:
        folder = self.folder / "site/simple" / project_path
        folder.mkdir(exist_ok=True)
        (folder / "index.html").write_text(in_html)
        (folder / "index.json").write_text(in_json)


def entry(wheel: Wheel) -> dict[str, object]:
    """Return a file as the JSON page of its project lists it."""
    return {
        "filename": wheel.filename,
        "url": f"/files/{wheel.filename}",
        "hashes": {"sha256": hashlib.sha256(wheel.content).hexdigest()},
        "requires-python": ">=3.8",
        "size": len(wheel.content),
        "upload-time": "2026-01-01T00:00:00.000000Z",
        "yanked": False,
        "core-metadata": {"sha256": hashlib.sha256(wheel.metadata).hexdigest()},
    }


def project_html(project: str, files: list[dict[str, object]]) -> str:
    """Return a project's page as clients of before JSON read it."""
    links = ""
    for each in files:
        digest, metadata = each["hashes"]["sha256"], each["core-metadata"]["sha256"]  # type: ignore[index]
        python = html.escape(str(each["requires-python"]))
        attributes = f'data-requires-python="{python}" data-core-metadata="sha256={metadata}"'
        links += f'<a href="{each["url"]}#sha256={digest}" {attributes}>{each["filename"]}</a>\n'
    return page(f"Links for {project}", links)


def project_json(project: str, files: list[dict[str, object]]) -> str:
    """Return a project's page in JSON."""
    versions = [str(each["filename"]).split("-")[1] for each in files]
    document = {"meta": {"api-version": "1.4"}, "name": project, "versions": versions, "files": files}
    return json.dumps(document, separators=(",", ":"))


def page(title: str, links: str) -> str:
    """Return one HTML page of links."""
    meta = '<meta name="pypi:repository-version" content="1.4">'
    return f"<!DOCTYPE html>\n<html><head>{meta}<title>{title}</title></head>\n<body>\n{links}</body></html>\n"
