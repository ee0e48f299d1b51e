"""Write a corpus of generated signatures: images, and a manifest that says what each one is."""

import hashlib
import shutil
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from numpy.random import Generator

from deepsign_helpers import files, preprocessing, runtime, tables
from deepsign_helpers.synthesis.forging import DIFFICULTIES, KINDS, forge, sample_forger
from deepsign_helpers.synthesis.kinematics import Trace
from deepsign_helpers.synthesis.paper import DOMAINS, render
from deepsign_helpers.synthesis.scripts import SCRIPTS
from deepsign_helpers.synthesis.writers import Writer, sample_writer

# Looking for runs alone takes a fifth of the time of PNG's default search, and hardly a byte more.
PNG = (cv2.IMWRITE_PNG_COMPRESSION, 9, cv2.IMWRITE_PNG_STRATEGY, cv2.IMWRITE_PNG_STRATEGY_RLE)

A_SESSION = 4  # genuine signatures that a writer makes on one day
A_FORGER = 4  # forgeries that one forger makes
WITH_SKILL = ("skilled", "traced")  # kinds of forgery that come the nearer the better the forger


@dataclass(frozen=True)
class CorpusSettings:
    """What is asked for, the same for every writer of a corpus; see `write_corpus`."""

    staging: Path  # folder in which images are written before they are moved to their place
    genuine: int  # images a writer
    forged: int  # images a writer
    difficulty: str
    seed: int
    size: tuple[int, int]  # height and width, pixels
    scripts: tuple[str, ...]
    domains: tuple[str, ...]
    forgeries: tuple[str, ...]


@dataclass(frozen=True)
class Signature:
    """A movement and what the manifest says of it; "" where there is nothing to say."""

    trace: Trace
    session: str = ""  # number of the day on which a genuine signature was written: "0", "1", …
    forgery: str = ""  # one of `KINDS`
    forger: str = ""  # a name, "f000-0"; the writer's own for a disguised signature
    skill: str = ""  # of whoever made a skilled or traced forgery, 0 to 1: "0.43"


# The corpus has ten things to choose, each with a default; a reader sees them in one place.
def write_corpus(  # noqa: PLR0913
    folder: str | Path,
    writers: int = 24,
    genuine: int = 12,
    forged: int = 12,
    difficulty: str = "medium",
    seed: int = 0,
    size: tuple[int, int] = (256, 512),
    scripts: tuple[str, ...] = ("latin",),
    domains: tuple[str, ...] = ("clean",),
    forgeries: tuple[str, ...] = ("skilled",),
) -> pd.DataFrame:
    """Generate signatures of writers who do not exist, and forgeries of them.

    Every writer has a random stream of their own, so the images depend on the seed alone, not on
    the number of workers (`joblib.parallel_config` says how many). Images are first written to a
    folder beside `folder` and moved when all are there; `manifest.csv` comes last. A run that is
    killed leaves no manifest without its images.

    Parameters
    ----------
    folder : path
        Made if absent. A corpus that stands there is replaced; other files are left alone.
    writers, genuine, forged : int
        How many writers, and images of each kind a writer. Each forger forges one writer, up to
        four times.
    difficulty : "easy" | "medium" | "hard"
        For the verifier: how skilled the forgers are.
    seed : int, at least 0
        The same seed gives the same corpus, to the byte.
    size : (height, width), pixels, at least 16 each
        They stand for 60 × 120 mm.
    scripts, domains, forgeries : tuples of str
        What to draw from: `SCRIPTS` by writer, `DOMAINS` by image, whoever wrote it, and `KINDS` by
        forgery.

    Returns
    -------
    pandas.DataFrame
        A row an image, as `corpora.load` returns it, and the SHA-256 of its file. `session` counts
        the days on which a writer's genuine signatures were written, four on each; `skill` says how
        good a skilled or traced forgery was meant to be. The forger of a disguised signature is its
        writer.

    Raises
    ------
    ValueError
        For fewer than one writer or genuine signature, a side under 16 pixels, a negative seed, or
        a script, domain, kind or difficulty that is not known.
    OSError
        If an image cannot be written; the sentence names it.

    See Also
    --------
    deepsign_helpers.corpora.load : reads a corpus back.

    Examples
    --------
    >>> import tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> table = write_corpus(folder.name, writers=2, genuine=2, forged=1, size=(64, 128))
    >>> table[["writer", "kind", "sample", "domain"]]
      writer     kind sample domain
    0   w000  genuine     00  clean
    1   w000  genuine     01  clean
    2   w000   forged     00  clean
    3   w001  genuine     00  clean
    4   w001  genuine     01  clean
    5   w001   forged     00  clean
    >>> folder.cleanup()
    """
    folder = Path(folder).absolute()
    settings = CorpusSettings(
        staging=folder.with_name(f".{folder.name}.partial"),
        genuine=genuine,
        forged=forged,
        difficulty=difficulty,
        seed=seed,
        size=size,
        scripts=scripts,
        domains=domains,
        forgeries=forgeries,
    )
    require_possible(writers, settings)
    shutil.rmtree(settings.staging, ignore_errors=True)
    (settings.staging / "images").mkdir(parents=True)
    tasks = (delayed(write_writer)(number, settings) for number in range(writers))
    written = Parallel(return_as="generator")(tasks)
    rows = []
    for rows_of_one_writer in runtime.progress(written, "signatures", total=writers):
        rows.extend(rows_of_one_writer)
    table = pd.DataFrame(rows)
    exchange(folder, settings.staging, table)
    return table.assign(path=[str(folder / path) for path in table["path"]])


def require_possible(writers: int, settings: CorpusSettings) -> None:
    """Raise a ValueError if what is asked for cannot be drawn."""
    counts = {
        "writers": (writers, 1),
        "genuine": (settings.genuine, 1),
        "forged": (settings.forged, 0),
        "seed": (settings.seed, 0),
        "size": (min(settings.size), preprocessing.SHORTEST_SIDE),  # less could not be read back
    }
    for name, (asked, least) in counts.items():
        if asked < least:
            raise ValueError(
                f"{name}: {asked} is too small for a corpus; ask for at least {least}."
            )
    tables.require_known("script", settings.scripts, SCRIPTS)
    tables.require_known("domain", settings.domains, DOMAINS)
    tables.require_known("forgery kind", settings.forgeries, KINDS)
    tables.require_known("difficulty", [settings.difficulty], DIFFICULTIES)


def exchange(folder: Path, staging: Path, table: pd.DataFrame) -> None:
    """Put new images and their manifest into a folder, in place of those that stand there.

    While the images are exchanged there is no manifest: where there is one, it tells of its images.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "manifest.csv").unlink(missing_ok=True)
    shutil.rmtree(folder / "images", ignore_errors=True)
    (staging / "images").rename(folder / "images")
    with files.replace_atomically(folder / "manifest.csv") as temporary:
        table.to_csv(temporary, index=False, lineterminator="\n")
    staging.rmdir()


def write_writer(number: int, settings: CorpusSettings) -> list[dict]:
    """Draw one writer and every signature in that name; return the rows of the manifest."""
    # Two streams of randomness: the hand moves alike, whatever scans it.
    hand_rng, scanner_rng = np.random.default_rng([settings.seed, number]).spawn(2)
    script = settings.scripts[number % len(settings.scripts)]
    writer = sample_writer(hand_rng, script)
    genuine = sign_genuine(writer, settings.genuine, hand_rng)
    forged = sign_forged(writer, number, settings, hand_rng)

    # The folder may be there: a cluster draws a lost worker's writers again.
    (settings.staging / "images" / name_of(number)).mkdir(exist_ok=True)
    rows = []
    for kind, signatures in (("genuine", genuine), ("forged", forged)):
        domains = deal(settings.domains, len(signatures), scanner_rng)
        for sample, (domain, signature) in enumerate(zip(domains, signatures, strict=True)):
            path = f"images/{name_of(number)}/{kind}_{sample:02d}.png"
            image = render(signature.trace, scanner_rng, settings.size, domain)
            checksum = write_image(settings.staging / path, image)
            row = {
                "path": path,
                "writer": name_of(number),
                "kind": kind,
                "sample": f"{sample:02d}",
                "forgery": signature.forgery,
                "forger": signature.forger,
                "script": script,
                "domain": domain,
                "condition": writer.condition,
                "difficulty": settings.difficulty,
                "session": signature.session,
                "skill": signature.skill,
                "sha256": checksum,
            }
            rows.append(row)
    return rows


def name_of(number: int) -> str:
    """Return what a writer is called in the manifest: "w000", "w001", …"""
    return f"w{number:03d}"


def sign_genuine(writer: Writer, count: int, rng: Generator) -> list[Signature]:
    """Let a writer sign so many times, four times a day."""
    signatures = []
    today = writer
    for sample in range(count):
        session, signed_before = divmod(sample, A_SESSION)
        if session > 0 and signed_before == 0:
            today = writer.later(rng)  # from one session to the next a hand drifts
        signatures.append(Signature(today.sign(rng), session=str(session)))
    return signatures


def sign_forged(
    writer: Writer, number: int, settings: CorpusSettings, rng: Generator
) -> list[Signature]:
    """Let forgers imitate a writer, four times each."""
    signatures = []
    for first in range(0, settings.forged, A_FORGER):
        forger = sample_forger(rng)
        forger_name = f"f{number:03d}-{first // A_FORGER}"
        skill = rng.uniform(*DIFFICULTIES[settings.difficulty])
        for sample in range(first, min(first + A_FORGER, settings.forged)):
            kind = settings.forgeries[sample % len(settings.forgeries)]
            signature = Signature(
                trace=forge(writer, rng, kind, settings.difficulty, forger, skill),
                forgery=kind,
                forger=name_of(number) if kind == "disguised" else forger_name,
                skill=f"{skill:.2f}" if kind in WITH_SKILL else "",
            )
            signatures.append(signature)
    return signatures


def write_image(path: Path, image: np.ndarray) -> str:
    """Write an image as PNG; return the SHA-256 of its file."""
    _, encoded = cv2.imencode(".png", image, PNG)
    content = encoded.tobytes()
    try:
        path.write_bytes(content)
    except OSError as error:
        raise OSError(f"{path}: cannot be written ({error.strerror}); is the disk full?") from error
    return hashlib.sha256(content).hexdigest()


def deal(domains: tuple[str, ...], count: int, rng: Generator) -> list[str]:
    """Return a domain for each of so many images, in equal shares; by lot what does not divide."""
    dealt = np.resize(rng.permutation(domains), count)
    return rng.permutation(dealt).tolist()
