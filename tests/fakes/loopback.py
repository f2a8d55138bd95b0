"""A small real HTTP server on the loopback that records what arrives and can be made to fail."""

import email
import json
import threading
from dataclasses import dataclass, field
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class Asked:
    """One request as it arrived."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes = field(repr=False)

    @property
    def json(self) -> Any:
        """Return the body as JSON; a wrong type or text is refused as the vendors do."""
        if not self.headers.get("content-type", "").startswith("application/json"):
            raise RefusedError(415, "the content type has to be application/json")
        try:
            return json.loads(self.body)
        except ValueError:
            raise RefusedError(400, "the body is not JSON") from None

    @property
    def form(self) -> tuple[dict[str, str], dict[str, tuple[str, bytes]]]:
        """Return the fields and the files (name, content) of a multipart body, by part name."""
        kind = self.headers.get("content-type", "")
        if not kind.startswith("multipart/form-data"):
            raise RefusedError(415, "the content type has to be multipart/form-data")
        message = email.message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + self.body, policy=HTTP)
        fields: dict[str, str] = {}
        files: dict[str, tuple[str, bytes]] = {}
        for part in message.iter_parts():
            name = str(part.get_param("name", header="content-disposition"))
            content: Any = part.get_payload(decode=True)
            if file := part.get_filename():
                files[name] = (file, content)
            else:
                fields[name] = content.decode()
        return fields, files


class RefusedError(Exception):
    """An answer that refuses."""

    def __init__(self, status: int, words: str = "", **headers: str) -> None:
        super().__init__(words)
        self.status = status
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


@dataclass
class Trouble:
    """What happens to the next requests instead of an answer, `times` times.

    `lost` handles the request and then cuts the connection; only some methods where `methods` are named.
    """

    status: int = 503
    headers: dict[str, str] = field(default_factory=dict)
    lost: bool = False
    methods: tuple[str, ...] = ()
    times: int = 1


class Loopback:
    """Serves while it is open; subclasses answer."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.trouble: list[Trouble] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> Self:
        """Start to serve."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop serving."""
        self.close()

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        """Return the address."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def answer(self, asked: Asked) -> Any:
        """Return a JSON answer, or (status, answer); raises RefusedError."""
        raise NotImplementedError

    def struck(self, asked: Asked) -> Trouble | None:
        """Return the trouble that strikes this request."""
        for one in self.trouble:
            if one.times > 0 and (not one.methods or asked.method in one.methods):
                one.times -= 1
                return one
        return None


def _handler(fake: Loopback) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 65_536  # an answer leaves in one piece, so that nobody waits for its second half

        def handle_any(self) -> None:
            asked = _read(self)
            fake.asked.append(asked)
            trouble = fake.struck(asked)
            if trouble and not trouble.lost:
                _reply(self, trouble.status, {"error": "trouble"}, trouble.headers)
                return
            try:
                found = fake.answer(asked)
            except RefusedError as refused:
                _reply(self, refused.status, {"error": str(refused)}, refused.headers)
                return
            if trouble:
                self.close_connection = True
                self.connection.close()
                return
            status, body = found if isinstance(found, tuple) else (200, found)
            _reply(self, status, body, {})

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler


def _read(handler: BaseHTTPRequestHandler) -> Asked:
    parts = urlsplit(handler.path)
    body = handler.rfile.read(int(handler.headers.get("content-length") or 0))
    query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    headers = {name.lower(): value for name, value in handler.headers.items()}
    return Asked(handler.command, parts.path, query, headers, body)


def _reply(handler: BaseHTTPRequestHandler, status: int, body: Any, headers: dict[str, str]) -> None:
    data = b"" if body is None else json.dumps(body).encode()
    handler.send_response(status)
    for name, value in {"Content-Type": "application/json", **headers}.items():
        handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(data)))
    handler.end_headers()
    handler.wfile.write(data)


def need_json(asked: Asked) -> Any:
    """Return the JSON that was sent."""
    return asked.json
