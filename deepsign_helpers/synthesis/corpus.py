"""Write a corpus of generated signatures: images, and a manifest that says what each one is."""

import contextlib
import hashlib
import inspect
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import PIL
import scipy
from joblib import Parallel, delayed
from numpy.random import Generator

from deepsign_helpers import __version__, files, preprocessing, runtime, tables
from deepsign_helpers.synthesis.forging import (
    DIFFICULTIES,
    KINDS,
    SCHOOLS,
    forge,
    sample_forger,
    take_pen,
)
from deepsign_helpers.synthesis.ink import Pen, wear
from deepsign_helpers.synthesis.kinematics import Trace
from deepsign_helpers.synthesis.paper import DOMAINS, choose_scanner, render
from deepsign_helpers.synthesis.scanners import Scanner
from deepsign_helpers.synthesis.scripts import SCRIPTS
from deepsign_helpers.synthesis.writers import Writer, sample_writer

# Looking for runs alone takes a fifth of the time of PNG's default search, and hardly a byte more.
PNG = (cv2.IMWRITE_PNG_COMPRESSION, 9, cv2.IMWRITE_PNG_STRATEGY, cv2.IMWRITE_PNG_STRATEGY_RLE)

A_SESSION = 4  # genuine signatures that a writer makes on one day
A_FORGER = 4  # forgeries that one forger makes
WITH_SKILL = ("skilled", "traced")  # kinds of forgery that come the nearer the better the forger

MANIFEST = "manifest.csv"
FACTS = "corpus.json"  # what a corpus was made from
# Columns of the manifest of a generated corpus, and of no other.
COLUMNS = [*tables.CORPUS_COLUMNS, *tables.GENERATED_COLUMNS, "session", "skill", "sha256"]
# File managers leave these in every folder that they show.
OF_FILE_MANAGERS = (".DS_Store", "Thumbs.db", "desktop.ini")
# What draws, beside the settings. Read at once: the code of this process, whatever comes later.
MADE_WITH = {
    "deepsign": __version__,
    "code": files.checksum_of_code(Path(__file__).parent),
    "numpy": np.__version__,
    "opencv": cv2.__version__,
    "pillow": PIL.__version__,
    "scipy": scipy.__version__,
}


@dataclass(frozen=True)
class CorpusSettings:
    """What is asked for; see `write_corpus`."""

    writers: int
    genuine: int  # images a writer
    forged: int  # images a writer
    difficulty: str
    seed: int
    size: tuple[int, int]  # height and width, pixels
    scripts: tuple[str, ...]
    domains: tuple[str, ...]
    forgeries: tuple[str, ...]
    schools: tuple[str, ...]


@dataclass(frozen=True)
class Signature:
    """A movement, its pen, and what the manifest says of it; "" where there is nothing to say."""

    trace: Trace
    pen: Pen
    session: str = ""  # number of the day on which a genuine signature was written: "0", "1", …
    forgery: str = ""  # one of `KINDS`
    forger: str = ""  # a name, "f000-0"; the writer's own for a disguised signature
    skill: str = ""  # of whoever made a skilled or traced forgery, 0 to 1: "0.43"


# The corpus has eleven things to choose, each with a default; a reader sees them in one place.
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
    schools: tuple[str, ...] = ("drawing",),
) -> pd.DataFrame:
    """Generate signatures of writers who do not exist, and forgeries of them.

    Every writer has a random stream of their own, so the images depend on the seed alone, not on
    the number of workers (`joblib.parallel_config` says how many). Images are first written to a
    hidden folder and moved when all are there. A run that fails leaves nothing behind; what is left
    by one that is killed, the next removes. Of two processes, one waits for the other.

    Parameters
    ----------
    folder : path
        Made if absent. A generated corpus that stands there is replaced; other files are left
        alone.
    writers, genuine, forged : int
        How many writers, and images of each kind a writer. Each forger forges one writer, up to
        four times.
    difficulty : "easy" | "medium" | "hard"
        For the verifier: how skilled the forgers are.
    seed : int, at least 0
        The same seed gives the same corpus, to the byte.
    size : (height, width), pixels, at least 16 each
        They stand for 60 × 120 mm.
    scripts, domains, forgeries, schools : tuples of str
        What to draw from: `SCRIPTS` by writer, `DOMAINS` by image, whoever wrote it, `KINDS` by
        forgery, and `SCHOOLS` by forger.

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
        a script, domain, kind or difficulty that is not known. If a file that would be replaced is
        none that this function has written.
    OSError
        If an image cannot be written; the sentence names it.

    See Also
    --------
    ensure_corpus : writes a corpus only if it is not there yet.
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
        writers=writers,
        genuine=genuine,
        forged=forged,
        difficulty=difficulty,
        seed=seed,
        size=size,
        scripts=scripts,
        domains=domains,
        forgeries=forgeries,
        schools=schools,
    )
    require_possible(settings)
    with alone_in(folder):
        table = draw(folder, settings)
    return table.assign(path=[str(folder / path) for path in table["path"]])


def ensure_corpus(folder: str | Path, **arguments: object) -> Path:
    """Write a corpus unless the folder holds exactly that already.

    A corpus of other arguments, or drawn by an earlier version of the course, is replaced.

    Parameters
    ----------
    folder : path
        Made if absent.
    **arguments
        Those of `write_corpus`.

    Returns
    -------
    Path
        The folder, for `corpora.load`, which checks every image.

    Raises
    ------
    ValueError, OSError
        As `write_corpus` does.

    Examples
    --------
    >>> import tempfile
    >>> from deepsign_helpers import corpora
    >>> folder = tempfile.TemporaryDirectory()
    >>> asked = {"writers": 2, "genuine": 2, "forged": 1, "size": (64, 128)}
    >>> len(corpora.load(ensure_corpus(folder.name, **asked)))
    6
    >>> len(corpora.load(ensure_corpus(folder.name, **asked)))  # at once: it is there
    6
    >>> folder.cleanup()
    """
    bound = inspect.signature(write_corpus).bind(folder, **arguments)
    bound.apply_defaults()
    asked = {name: value for name, value in bound.arguments.items() if name != "folder"}
    settings = CorpusSettings(**asked)
    require_possible(settings)
    folder = Path(folder).absolute()
    with alone_in(folder):
        if not holds(folder, settings):
            draw(folder, settings)
    return folder


@contextlib.contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Let one process at a time draw in a folder, which is made; remove it if it remains empty."""
    is_new = not folder.exists()
    with files.spoken_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        try:
            with files.alone_at(folder / "images"):
                yield
        finally:
            if is_new:
                with contextlib.suppress(OSError):  # something stands in it
                    folder.rmdir()


def draw(folder: Path, settings: CorpusSettings) -> pd.DataFrame:
    """Draw a corpus and put it into a folder; return its manifest."""
    require_ours(folder)
    with files.staging(folder / "images") as staging:
        (staging / "images").mkdir()
        tasks = (
            delayed(write_writer)(number, settings, staging) for number in range(settings.writers)
        )
        rows = []
        # Closed, so that no worker is still writing when the folder is removed after an error.
        with contextlib.closing(Parallel(return_as="generator")(tasks)) as written:
            for of_one_writer in runtime.progress(written, "signatures", total=settings.writers):
                rows.extend(of_one_writer)
        table = pd.DataFrame(rows, columns=COLUMNS)
        table.to_csv(staging / MANIFEST, index=False, lineterminator="\n")
        facts = facts_of(settings, staging / MANIFEST)
        (staging / FACTS).write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
        exchange(folder, staging)
    return table


def facts_of(settings: CorpusSettings, manifest: Path) -> dict:
    """Return what a corpus was made from, and the checksum of what came of it."""
    facts = {**MADE_WITH, "settings": asdict(settings), "manifest": files.checksum(manifest)}
    as_json = json.dumps(facts, default=lambda number: number.tolist())  # of NumPy
    return json.loads(as_json)  # as it is read back: tuples become lists


def holds(folder: Path, settings: CorpusSettings) -> bool:
    """Tell whether a folder holds just the corpus that these settings and this code would draw."""
    try:
        facts = json.loads((folder / FACTS).read_text(encoding="utf-8"))
        is_asked_for = facts == facts_of(settings, folder / MANIFEST)
    except (OSError, ValueError):
        return False
    listed = checksums_in(folder)
    if not is_asked_for or images_in(folder) != listed.keys():
        return False
    return all(files.checksum(folder / path) == checksum for path, checksum in listed.items())


def checksums_in(folder: Path) -> dict[str, str]:
    """Return what a manifest lists; nothing if it is absent, or is not one that we write."""
    try:
        table = pd.read_csv(folder / MANIFEST, dtype=str, keep_default_na=False)
    except (OSError, ValueError):
        return {}
    if list(table.columns) != COLUMNS:
        return {}
    names = "images/" + table["writer"] + "/" + table["kind"] + "_" + table["sample"] + ".png"
    is_ours = table["writer"].str.fullmatch(r"w\d{3,}") & (table["path"] == names)
    return dict(zip(table["path"], table["sha256"], strict=True)) if is_ours.all() else {}


def images_in(folder: Path) -> set[str]:
    """Return whatever stands below images/, links included, but for what file managers leave."""
    images = folder / "images"
    if images.is_dir() and not images.is_symlink():
        below = [path for path in images.rglob("*") if path.is_symlink() or not path.is_dir()]
    else:
        below = [images] if os.path.lexists(images) else []
    found = set()
    for path in below:
        is_of_macos = path.name.startswith("._")  # beside each file, on a disk that isn't its own
        if path.name not in OF_FILE_MANAGERS and not is_of_macos:
            found.add(path.relative_to(folder).as_posix())
    return found


def require_ours(folder: Path) -> None:
    """Raise a ValueError if what would be replaced is not accounted for by a manifest of ours."""
    listed = checksums_in(folder).keys()
    unlisted = images_in(folder) - listed
    if not listed:
        unlisted |= {name for name in (MANIFEST, FACTS) if os.path.lexists(folder / name)}
    if unlisted:
        problem = f"holds files that no manifest of ours lists, e.g. {min(unlisted)}"
        raise ValueError(f"{folder}: {problem}; move them away, or choose another folder.")


def require_possible(settings: CorpusSettings) -> None:
    """Raise a ValueError if what is asked for cannot be drawn."""
    counts = {
        "writers": (settings.writers, 1),
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
    tables.require_known("school", settings.schools, SCHOOLS)
    tables.require_known("difficulty", [settings.difficulty], DIFFICULTIES)


def exchange(folder: Path, staging: Path) -> None:
    """Put a new corpus into a folder, in place of the one that stands there.

    Whenever this process is killed, images stand there only beside the manifest that lists them.
    """
    for path in [staging, *staging.rglob("*")]:
        files.sync(path)
    require_ours(folder)  # once more: time has passed
    replaced = staging / "replaced"
    replaced.mkdir()
    for name in ("images", FACTS):
        if (folder / name).exists():
            (folder / name).rename(replaced / name)
    for name in (MANIFEST, "images", FACTS):
        (staging / name).replace(folder / name)
    files.sync(folder)


def write_writer(number: int, settings: CorpusSettings, staging: Path) -> list[dict]:
    """Draw one writer and every signature in that name; return the rows of the manifest."""
    # Two streams of randomness: the hand moves alike, whatever scans it.
    hand_rng, scanner_rng = np.random.default_rng([settings.seed, number]).spawn(2)
    script = settings.scripts[number % len(settings.scripts)]
    writer = sample_writer(hand_rng, script)
    genuine = sign_genuine(writer, settings.genuine, hand_rng)
    forged = sign_forged(writer, number, settings, hand_rng)

    # What scans a writer's signatures scans their forgeries: neither paper nor noise tells them.
    sessions = -(-settings.genuine // A_SESSION)
    scanners = [
        {domain: choose_scanner(domain, scanner_rng) for domain in settings.domains}
        for _ in range(sessions)
    ]

    # The folder may be there: a cluster draws a lost worker's writers again.
    (staging / "images" / name_of(number)).mkdir(exist_ok=True)
    rows = []
    for kind, signatures in (("genuine", genuine), ("forged", forged)):
        domains = deal(settings.domains, len(signatures), scanner_rng)
        for sample, (domain, signature) in enumerate(zip(domains, signatures, strict=True)):
            path = f"images/{name_of(number)}/{kind}_{sample:02d}.png"
            scanner = scanners[sample // A_SESSION % sessions][domain]
            image = scan_signature(signature, scanner_rng, settings.size, domain, scanner)
            checksum = write_image(staging / path, image)
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


def scan_signature(
    signature: Signature,
    rng: Generator,
    size: tuple[int, int],
    domain: str,
    scanner: Scanner | None,
) -> np.ndarray:
    """Draw a signature with its pen and scan it; how the sheet lies is drawn for each image."""
    if scanner is not None:
        scanner = replace(scanner, turn=choose_scanner(domain, rng).turn)
    return render(signature.trace, rng, size, domain, wear(signature.pen, rng), scanner)


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
        signatures.append(Signature(today.sign(rng), today.pen, session=str(session)))
    return signatures


def sign_forged(
    writer: Writer, number: int, settings: CorpusSettings, rng: Generator
) -> list[Signature]:
    """Let forgers imitate a writer, four times each."""
    signatures = []
    for first in range(0, settings.forged, A_FORGER):
        school = settings.schools[first // A_FORGER % len(settings.schools)]
        forger = take_pen(sample_forger(rng, school), writer, rng)
        forger_name = f"f{number:03d}-{first // A_FORGER}"
        skill = rng.uniform(*DIFFICULTIES[settings.difficulty])
        for sample in range(first, min(first + A_FORGER, settings.forged)):
            kind = settings.forgeries[sample % len(settings.forgeries)]
            is_own = kind == "disguised"  # by the writer
            signature = Signature(
                trace=forge(writer, rng, kind, settings.difficulty, forger, skill, sample - first),
                pen=writer.pen if is_own else forger.pen,
                forgery=kind,
                forger=name_of(number) if is_own else forger_name,
                skill=f"{skill:.2f}" if kind in WITH_SKILL else "",
            )
            signatures.append(signature)
    return signatures


def write_image(path: Path, image: np.ndarray) -> str:
    """Write an image as PNG; return the SHA-256 of its file."""
    _, encoded = cv2.imencode(".png", image, PNG)
    content = encoded.tobytes()
    with files.spoken_errors(path):
        path.write_bytes(content)
    return hashlib.sha256(content).hexdigest()


def deal(domains: tuple[str, ...], count: int, rng: Generator) -> list[str]:
    """Return a domain for each of so many images, in equal shares; by lot what does not divide."""
    dealt = np.resize(rng.permutation(domains), count)
    return rng.permutation(dealt).tolist()
