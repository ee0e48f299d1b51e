"""The verifier behind an HTTP interface: files in, a verdict out, nothing stored."""

import socket
import sys
import threading
from pathlib import Path
from typing import Annotated, Any, Literal

import uvicorn
from fastapi import Depends, FastAPI, HTTPException
from pydantic import BaseModel

from deepsign_helpers.serving.uploads import Form, Uploads, read_uploads
from deepsign_helpers.verifier import Verifier

THIS_COMPUTER = ("127.0.0.1", "::1", "localhost")
LAST_PORT = 65_535
MOST_AT_ONCE = 8  # connections; each may hold a request of 50 MB


class Signal(BaseModel):
    """One line of the evidence: a signal's value, what is usual, and that in a sentence."""

    signal: str
    value: float
    usual: float | None  # unknown to an encoder alone with one reference
    spreads: float | None  # usual spreads above what is usual; unknown to an encoder alone
    weight: float
    sentence: str  # empty for an encoder alone


class Thresholds(BaseModel):
    """From which score on a signature is accepted, and below which it is rejected."""

    accept_from: float
    reject_below: float


class Answer(BaseModel):
    """What the service answers: the verdict, and the thresholds and protocol that it rests on."""

    score: float
    decision: Literal["accept", "review", "reject"]
    likelihood_ratio: float | None
    evidence: list[Signal]
    warnings: list[str]
    thresholds: Thresholds
    protocol: dict[str, Any]


def create_app(folder: str | Path) -> FastAPI:
    """Return the service of the verifier in a folder: POST /v1/verify and GET /v1/health.

    Uploads stay in memory and are forgotten with the answer. A request that cannot be judged gets
    a status of 4xx and, as `detail`, one sentence that names the file: over 10 MB a file or 50 MB
    in all (413), not a form of files (415), anything else (400, 422). One request is judged at a
    time, beside the event loop, so that health is always answered.

    Parameters
    ----------
    folder : path
        As `Verifier.save` left it.

    Raises
    ------
    FileNotFoundError
        If the folder holds no verifier; the sentence says how to train one.
    ValueError
        If it holds a damaged one.
    """
    verifier = Verifier.load(folder)
    # One transparent scan of 50 megapixels takes 0.9 GB while it is prepared.
    one_at_a_time = threading.Lock()
    # The usual pages of documentation would load their scripts from another site.
    app = FastAPI(title="DeepSign", docs_url=None, redoc_url=None, openapi_url="/v1/openapi.json")
    form = {"multipart/form-data": {"schema": Form.model_json_schema()}}

    @app.get("/v1/health")
    async def health() -> dict[str, Any]:
        return {"status": "ok", **verifier.rules}

    @app.post("/v1/verify", openapi_extra={"requestBody": {"content": form, "required": True}})
    def verify(uploads: Annotated[Uploads, Depends(read_uploads)]) -> Answer:
        with one_at_a_time:
            return answer(verifier, uploads)

    return app


def answer(verifier: Verifier, uploads: Uploads) -> Answer:
    """Return what the service says of the files of one request."""
    try:
        verdict = verifier.verify(uploads.references, uploads.questioned, names=uploads.names)
    except ValueError as error:  # an image that cannot be used, or too few references
        raise HTTPException(422, str(error)) from error
    return Answer(**verdict.to_dict(), **verifier.rules)


def serve(folder: str | Path, host: str = "127.0.0.1", port: int = 8000) -> None:
    """Serve the verifier in a folder until interrupted.

    By default only this computer is answered. The service asks nobody who they are and encrypts
    nothing: let it answer others only behind a server that does both.

    Parameters
    ----------
    folder : path
        As `Verifier.save` left it.
    host : str
        The address that is listened on.
    port : int, 1 to 65535
        Its port.

    Raises
    ------
    FileNotFoundError, ValueError
        As for `create_app`; the command line shows the sentence alone.
    ValueError, OSError
        If there is no such port or address, or another program has taken the port. That is said
        before the verifier is loaded.
    """
    require_free(host, port)
    if host not in THIS_COMPUTER:
        print(
            f"{host}: anyone who reaches it may ask; put a server with TLS and a login in front.",
            file=sys.stderr,
        )
    uvicorn.run(create_app(folder), host=host, port=port, limit_concurrency=MOST_AT_ONCE)


def require_free(host: str, port: int) -> None:
    """Refuse a port that cannot be listened on: before a verifier is loaded, and in a sentence."""
    if not 1 <= port <= LAST_PORT:
        raise ValueError(f"port {port}: there is none; choose one from 1 to {LAST_PORT}.")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host, port), family=family).close()
    except OSError as error:
        reason = str(error.strerror).partition(" (while")[0]  # Python adds the address
        cure = "choose another port with --port, or another address with --host."
        problem = f"cannot be listened on ({reason})"
        raise OSError(f"{host}, port {port}: {problem}; {cure}") from error
