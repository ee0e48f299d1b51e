"""The verifier behind an HTTP interface: references and a questioned signature in, a decision out, nothing stored."""

import sys
import threading
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import uvicorn
from fastapi import Depends, FastAPI, HTTPException, Request
from pydantic import BaseModel, Field
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect

from deepsign_helpers import preprocessing
from deepsign_helpers.evaluation.scoring import FUSIONS, MUTUAL_SHARES, compare

MOST_REFERENCES = 10
MOST_MB = 10  # of a file
MOST_MB_IN_ALL = 50  # of a request: it is held in memory
CURE = f"send 1 to {MOST_REFERENCES} files as `references` and one as `questioned` (multipart/form-data)"
Image = tuple[str, bytes]  # what messages call it, and its file


class Form(BaseModel):
    """What the service is sent: files."""

    references: list[bytes] = Field(min_length=1, max_length=MOST_REFERENCES)
    questioned: bytes


class Verdict(BaseModel):
    """What the service answers: the score, what it was made of, and what it means under the stored threshold."""

    score: float
    distances: list[float]
    decision: Literal["accepted", "rejected"]
    threshold: float
    protocol: dict[str, Any]
    note: str = ""


class _MemoryParser(MultiPartParser):
    spool_max_size = (
        MOST_MB_IN_ALL * 1_000_000
    )  # Starlette's own writes every upload over 1 MB to the disk


def create_app(folder: str | Path) -> FastAPI:
    """Return the service of the verifier in a folder: POST /v1/verify and GET /v1/health.

    Uploads stay in memory and are forgotten with the answer. A request that cannot be judged gets a status of 4xx and,
    as `detail`, one sentence that names the file: over 10 MB a file or 50 MB in all (413), not a form of files (415),
    anything else (400, 422). One request is judged at a time, beside the event loop, so that health is always answered.

    Raises
    ------
    FileNotFoundError
        If the folder holds no verifier; the sentence says how to train one.
    ValueError
        If it holds a damaged one.
    """
    if not (Path(folder) / "verifier.json").is_file():
        raise FileNotFoundError(
            f"{folder}: holds no trained verifier; run the notebook 05_training first."
        )
    from deepsign_helpers import (
        encoders,  # they start TensorFlow: 9 seconds that a mistyped folder is spared
    )
    from deepsign_helpers.verifier import load_verifier

    verifier = load_verifier(folder)
    fusion, planned = verifier.protocol.get("fusion"), verifier.protocol.get("references")
    if fusion not in FUSIONS:
        raise ValueError(
            f"{folder}: verifier.json names no known fusion; train it again in chapter 05."
        )
    stored = {"threshold": verifier.threshold, "protocol": verifier.protocol}
    one_at_a_time = (
        threading.Lock()
    )  # one transparent scan of 50 megapixels takes 0.9 GB while it is prepared
    # The usual pages of documentation would load their scripts from another site.
    app = FastAPI(title="DeepSign", docs_url=None, redoc_url=None, openapi_url="/v1/openapi.json")

    @app.get("/v1/health")
    async def health() -> dict[str, Any]:
        return {"status": "ok"} | stored

    content = {"multipart/form-data": {"schema": Form.model_json_schema()}}

    @app.post("/v1/verify", openapi_extra={"requestBody": {"content": content, "required": True}})
    def verify(scans: Annotated[list[Image], Depends(_read_images)]) -> Verdict:
        if fusion in MUTUAL_SHARES and len(scans) < 3:
            raise HTTPException(
                422,
                "references: 1 file; this verifier compares references with each other, send 2.",
            )
        with one_at_a_time:
            try:
                prepared = [
                    preprocessing.prepare(file, verifier.size, verifier.fit, name)
                    for name, file in scans
                ]
            except preprocessing.ImageError as error:
                raise HTTPException(422, str(error)) from error
            *references, questioned = encoders.embed(verifier.encoder, np.stack(prepared))
        scores, distances = compare([questioned], references, fusion)
        decision = "accepted" if scores[0] >= verifier.threshold else "rejected"
        note, given = "", len(references)
        if planned not in (None, given):
            note = f"the threshold was found with {planned} references; with {given}, error rates are not known"
        return Verdict(
            score=scores[0], distances=distances[0].tolist(), decision=decision, note=note, **stored
        )

    return app


def serve(folder: str | Path, host: str = "127.0.0.1", port: int = 8000) -> None:
    """Serve the verifier in a folder until interrupted.

    By default only this computer is answered. The service asks nobody who they are and encrypts nothing: let it answer
    others only behind a server that does both.

    Raises
    ------
    FileNotFoundError, ValueError
        As for `create_app`; the command line shows the sentence alone.
    """
    if host not in ("127.0.0.1", "::1", "localhost"):
        print(
            f"{host}: anyone who reaches it may ask; put a server with TLS and a login in front.",
            file=sys.stderr,
        )
    uvicorn.run(
        create_app(folder), host=host, port=port, limit_concurrency=8
    )  # each may hold a request


async def _read_images(request: Request) -> list[Image]:
    """Return the references and, last, the questioned image of a request."""
    if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        raise HTTPException(415, f"request: is no form of files; {CURE}.")
    try:
        form = await _MemoryParser(
            request.headers, _limited(request.stream()), max_files=100, max_fields=100
        ).parse()
    except ClientDisconnect as error:
        raise HTTPException(400, "request: broke off before its end; send it again.") from error
    except MultiPartException as error:
        reason = error.message.partition(".")[0].lower()
        raise HTTPException(400, f"request: cannot be read ({reason}); {CURE}.") from error
    images: dict[str, list[Image]] = {"references": [], "questioned": []}
    try:
        for field, value in form.multi_items():
            if field not in images:
                raise HTTPException(422, f"{_printable(field)}: is no field of this form; {CURE}.")
            if not isinstance(value, UploadFile):
                raise HTTPException(422, f"{field}: is text, not a file; {CURE}.")
            name, size = _printable(value.filename or field), value.size / 1e6
            if size > MOST_MB:
                raise HTTPException(
                    413, f"{name}: has {size:.1f} MB, {MOST_MB} at most; scan at 300 dpi in grey."
                )
            images[field].append((name, await value.read()))
    finally:
        await form.close()
    for field, most in (("references", MOST_REFERENCES), ("questioned", 1)):
        if not 1 <= len(images[field]) <= most:
            raise HTTPException(422, f"{field}: {len(images[field]) or 'no'} files; {CURE}.")
    return [*images["references"], *images["questioned"]]


async def _limited(stream):
    received = 0
    async for chunk in stream:
        received += len(chunk)
        if (
            received > MOST_MB_IN_ALL * 1e6
        ):  # the server hears the client out, so that it gets this answer
            raise HTTPException(
                413, f"request: has over {MOST_MB_IN_ALL} MB in all; send fewer, or scan in grey."
            )
        yield chunk


def _printable(name: str) -> str:
    """Return what a client calls a thing, without its folder, short and on one line, fit to be shown back."""
    last_part = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(character for character in last_part if character.isprintable())[-80:] or "image"
