"""A Prefect server that shows blocks, on a real port: what it holds and how it answers is set by the test."""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Self


class FakeBlocks:
    """Answers for its health and for blocks by `type/name`; `status` and `raw` say something else instead."""

    def __init__(self) -> None:
        self.held: dict[str, dict[str, Any]] = {}
        self.asked: list[str] = []
        self.status = 200
        self.raw: bytes | None = None
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/api"

    def __enter__(self) -> Self:
        """Begin to listen."""
        Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()

    def answer(self, path: str) -> tuple[int, bytes]:
        """Return status and body for a path."""
        if path == "/api/health":
            return 200, b"true"
        self.asked.append(path)
        if self.raw is not None or self.status != 200:
            return self.status, self.raw or b"{}"
        for name, data in self.held.items():
            kind, _, block = name.partition("/")
            if path == f"/api/block_types/slug/{kind}/block_documents/name/{block}?include_secrets=true":
                return 200, json.dumps({"id": "b", "name": block, "data": data}).encode()
        return 404, b'{"detail": "Block document not found"}'


def _handler(blocks: FakeBlocks) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = blocks.answer(self.path)
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    return Handler
