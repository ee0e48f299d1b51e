"""Reads what a client sends: references and a questioned signature, kept in memory alone."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from fastapi import HTTPException, Request
from pydantic import BaseModel, Field
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect

from deepsign_helpers.verifier import MOST_REFERENCES

MEGABYTE = 1_000_000  # bytes
MOST_MB = 10  # of a file: a page in colour at 300 dpi
MOST_MB_IN_ALL = 50  # of a request: it is held in memory
MOST_PARTS = 100  # of a form: more than it may have, so that a wrong number is told as a number
LONGEST_NAME = 80  # characters shown back
CURE = (
    f"send 1 to {MOST_REFERENCES} files as `references` and one as `questioned` "
    "(multipart/form-data)"
)


class Form(BaseModel):
    """What the service is sent: files."""

    references: list[bytes] = Field(min_length=1, max_length=MOST_REFERENCES)
    questioned: bytes


@dataclass(frozen=True)
class Uploads:
    """The files of one request.

    Attributes
    ----------
    references : list of bytes
        Content of the scans to compare with.
    questioned : bytes
        Content of the scan in question.
    names : list of str
        What messages call them, the questioned one last.
    """

    references: list[bytes]
    questioned: bytes
    names: list[str]


class MemoryParser(MultiPartParser):
    """Parses a form without writing to the disk, as Starlette's own does with files over 1 MB."""

    spool_max_size = MOST_MB_IN_ALL * MEGABYTE


async def read_uploads(request: Request) -> Uploads:
    """Return the files of a request, or refuse it in one sentence.

    Parameters
    ----------
    request : Request
        A form with 1 to 10 files in the field `references` and one in the field `questioned`.

    Raises
    ------
    HTTPException
        415 for what is no form of files, 413 for too many megabytes, 400 for a form that cannot be
        read, 422 for other fields, text instead of a file, or a wrong number of files.
    """
    content_type = request.headers.get("content-type", "").lower()
    if not content_type.startswith("multipart/form-data"):
        raise HTTPException(415, f"request: is no form of files; {CURE}.")
    form = await parse_form(request)
    try:
        files = await named_files(form)
    finally:
        await form.close()
    require_count("references", len(files["references"]), most=MOST_REFERENCES)
    require_count("questioned", len(files["questioned"]), most=1)
    questioned_name, questioned = files["questioned"][0]
    return Uploads(
        references=[content for name, content in files["references"]],
        questioned=questioned,
        names=[*(name for name, content in files["references"]), questioned_name],
    )


async def parse_form(request: Request) -> FormData:
    """Return the fields of a form, whatever they are called."""
    stream = limited(request.stream())
    parser = MemoryParser(request.headers, stream, max_files=MOST_PARTS, max_fields=MOST_PARTS)
    try:
        return await parser.parse()
    except ClientDisconnect as error:
        raise HTTPException(400, "request: broke off before its end; send it again.") from error
    except MultiPartException as error:
        reason = error.message.partition(".")[0].lower()
        raise HTTPException(400, f"request: cannot be read ({reason}); {CURE}.") from error


async def limited(stream: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Yield what comes in, and refuse it as soon as it is too much.

    The server hears the client out all the same, so that it gets the answer.
    """
    received = 0
    async for chunk in stream:
        received += len(chunk)
        if received > MOST_MB_IN_ALL * MEGABYTE:
            raise HTTPException(
                413, f"request: has over {MOST_MB_IN_ALL} MB in all; send fewer, or scan in grey."
            )
        yield chunk


async def named_files(form: FormData) -> dict[str, list[tuple[str, bytes]]]:
    """Return the name and content of each file of a form, by field."""
    files: dict[str, list[tuple[str, bytes]]] = {"references": [], "questioned": []}
    for field, value in form.multi_items():
        if field not in files:
            raise HTTPException(422, f"{printable(field)}: is no field of this form; {CURE}.")
        if not isinstance(value, UploadFile):
            raise HTTPException(422, f"{field}: is text, not a file; {CURE}.")
        name = printable(value.filename or field)
        megabytes = value.size / MEGABYTE
        if megabytes > MOST_MB:
            raise HTTPException(
                413,
                f"{name}: has {megabytes:.1f} MB, {MOST_MB} at most; scan at 300 dpi in grey.",
            )
        files[field].append((name, await value.read()))
    return files


def require_count(field: str, count: int, most: int) -> None:
    """Refuse a number of files that is none or too many."""
    if not 1 <= count <= most:
        raise HTTPException(422, f"{field}: {count or 'no'} files; {CURE}.")


def printable(name: str) -> str:
    """Return what a client calls a thing, fit to be shown back: no folder, one line, not long."""
    last_part = name.replace("\\", "/").rsplit("/", 1)[-1]
    visible = "".join(character for character in last_part if character.isprintable())
    return visible[-LONGEST_NAME:] or "image"
