"""The three calls of Prefect's REST API that the gateway makes, on a real port, with faults on order."""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from typing import Any

DEPLOYMENT = "7f0c0c2e-0000-4000-8000-000000000001"
NAME = "/api/deployments/name/Recover%20a%20batch%20job/recover"
CREATE = f"/api/deployments/{DEPLOYMENT}/create_flow_run"
RUNS = "/api/flow_runs/"
PATIENCE = 60.0


class FakePrefect:
    """Keeps flow runs by idempotency key, as Prefect does: a key seen before answers 200 with its old run."""

    def __init__(self, port: int = 0) -> None:
        self.runs: dict[str, dict[str, Any]] = {}
        self.creates: list[dict[str, Any]] = []
        self.asked, self.created = Event(), Event()
        self.may_answer_name, self.may_answer_create = Event(), Event()
        self.may_answer_name.set()
        self.may_answer_create.set()
        self._lock = Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", port), _handler(self))
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        """Return what PREFECT_API_URL has to be."""
        return f"http://127.0.0.1:{self.port}/api"

    def close(self) -> None:
        """Stop listening."""
        self.may_answer_name.set()
        self.may_answer_create.set()
        self._server.shutdown()
        self._server.server_close()

    def name(self) -> tuple[int, dict[str, Any]]:
        """Answer where the deployment is."""
        self.asked.set()
        self.may_answer_name.wait(PATIENCE)
        return 200, {"id": DEPLOYMENT, "name": "recover"}

    def create(self, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Make a run, or find the one of this key."""
        with self._lock:
            self.creates.append(body)
            key, fresh = body["idempotency_key"], body["idempotency_key"] not in self.runs
            run = {"id": f"run-{len(self.runs) + 1}", "parameters": body["parameters"]}
            found = self.runs.setdefault(key, run | {"state": {"type": "SCHEDULED", "name": "Scheduled"}})
        self.created.set()
        self.may_answer_create.wait(PATIENCE)
        return 201 if fresh else 200, found

    def run(self, run_id: str) -> tuple[int, dict[str, Any]]:
        """Show a run as it stands."""
        with self._lock:
            found = [run for run in self.runs.values() if run["id"] == run_id]
        return (200, found[0]) if found else (404, {"detail": "Not found"})


def _handler(prefect: FakePrefect) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == NAME:
                self._answer(*prefect.name())
            else:
                self._answer(*prefect.run(self.path.removeprefix(RUNS)))

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            self._answer(*(prefect.create(body) if self.path == CREATE else (404, {})))

        def _answer(self, status: int, document: dict[str, Any]) -> None:
            raw = json.dumps(document).encode()
            try:
                self.send_response(status)
                self.send_header("Content-Length", str(len(raw)))
                self.end_headers()
                self.wfile.write(raw)
            except OSError:  # whoever asked is dead by now
                self.close_connection = True

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    return Handler
