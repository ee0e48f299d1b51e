"""Write a corpus of generated signatures: images, and a manifest that says what each one is."""

import hashlib
import shutil
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
from joblib import Parallel, delayed

from deepsign_helpers import files, preprocessing, runtime, tables
from deepsign_helpers.synthesis.forging import DIFFICULTIES, KINDS, forge, sample_forger
from deepsign_helpers.synthesis.paper import DOMAINS, render
from deepsign_helpers.synthesis.scripts import SCRIPTS
from deepsign_helpers.synthesis.writers import sample_writer

# Looking for runs alone takes a fifth of the time of PNG's default search, and hardly a byte more.
PNG = (cv2.IMWRITE_PNG_COMPRESSION, 9, cv2.IMWRITE_PNG_STRATEGY, cv2.IMWRITE_PNG_STRATEGY_RLE)


def write_corpus(
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

    Every writer has a random stream of their own, so the images depend on the seed alone, not on the number of
    workers (`joblib.parallel_config` says how many). Images are first written to a folder beside `folder` and moved
    when all are there; `manifest.csv` comes last. A run that is killed leaves no manifest without its images.

    Parameters
    ----------
    folder : path
        Made if absent. A corpus that stands there is replaced; other files are left alone.
    writers, genuine, forged : int
        How many writers, and images of each kind a writer. Each forger forges one writer, up to four times.
    difficulty : "easy" | "medium" | "hard"
    seed : int
    size : (height, width) in pixels
    scripts, domains, forgeries : tuples of str
        What to draw from: `scripts.SCRIPTS` by writer, `paper.DOMAINS` by image, whoever wrote it, and
        `forging.KINDS` by forgery.

    Returns
    -------
    pandas.DataFrame
        A row an image, as `corpora.load` returns it, and the SHA-256 of its file. `session` counts the days on which a
        writer's genuine signatures were written, four on each; `skill` says how good a skilled or traced forgery was
        meant to be. The forger of a disguised signature is its writer.

    Raises
    ------
    ValueError
        For fewer than one writer or genuine signature, a side under 16 pixels, a negative seed, or a script, domain,
        kind or difficulty that is not known.
    OSError
        If an image cannot be written; the sentence names it.
    """
    counts = {
        "writers": (writers, 1),
        "genuine": (genuine, 1),
        "forged": (forged, 0),
        "seed": (seed, 0),
    }
    counts["size"] = min(size), preprocessing.SHORTEST_SIDE  # less could not be read back
    for name, (asked, least) in counts.items():
        if asked < least:
            raise ValueError(
                f"{name}: {asked} is too small for a corpus; ask for at least {least}."
            )
    tables.require_known("script", scripts, SCRIPTS)
    tables.require_known("domain", domains, DOMAINS)
    tables.require_known("forgery kind", forgeries, KINDS)
    tables.require_known("difficulty", [difficulty], DIFFICULTIES)
    folder = Path(folder).absolute()
    staging = folder.with_name(f".{folder.name}.partial")
    shutil.rmtree(staging, ignore_errors=True)
    (staging / "images").mkdir(parents=True)
    asked = staging, genuine, forged, difficulty, seed, size, scripts, domains, forgeries
    rows = Parallel(return_as="generator")(
        delayed(write_writer)(number, *asked) for number in range(writers)
    )
    table = pd.DataFrame(
        [row for some in runtime.progress(rows, "signatures", total=writers) for row in some]
    )
    # From here on the images are exchanged: there is a manifest only while the two belong together.
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "manifest.csv").unlink(missing_ok=True)
    shutil.rmtree(folder / "images", ignore_errors=True)
    (staging / "images").rename(folder / "images")
    with files.replace_atomically(folder / "manifest.csv") as temporary:
        table.to_csv(temporary, index=False, lineterminator="\n")
    staging.rmdir()
    return table.assign(path=[str(folder / path) for path in table["path"]])


def write_writer(
    number, staging, genuine, forged, difficulty, seed, size, scripts, domains, forgeries
) -> list[dict]:
    """Draw one writer and every signature in that name; return the rows of the manifest."""
    rng, scanner = np.random.default_rng([seed, number]).spawn(2)  # one hand, whatever scans it
    script, name = scripts[number % len(scripts)], f"w{number:03d}"
    writer = sample_writer(rng, script)
    (staging / "images" / name).mkdir(
        exist_ok=True
    )  # a cluster draws a lost worker's writers again

    def row(trace, kind, sample, domain, forgery="", forger="", session="", skill=""):
        path = f"images/{name}/{kind}_{sample:02d}.png"
        encoded = cv2.imencode(".png", render(trace, scanner, size, domain), PNG)[1].tobytes()
        try:
            (staging / path).write_bytes(encoded)
        except OSError as error:
            raise OSError(
                f"{staging / path}: cannot be written ({error.strerror}); is the disk full?"
            ) from error
        said = {"path": path, "writer": name, "kind": kind, "sample": f"{sample:02d}"}
        said |= {"forgery": forgery, "forger": forger, "script": script, "domain": domain}
        said |= {
            "condition": writer.condition,
            "difficulty": difficulty,
            "session": session,
            "skill": skill,
        }
        return said | {"sha256": hashlib.sha256(encoded).hexdigest()}

    rows, today = [], writer
    for sample, domain in enumerate(deal(domains, genuine, scanner)):
        session, place = divmod(sample, 4)  # from one session to the next a hand drifts
        today = writer.later(rng) if session and place == 0 else today
        rows.append(row(today.sign(rng), "genuine", sample, domain, session=str(session)))
    for sample, domain in enumerate(deal(domains, forged, scanner)):
        team, place = divmod(sample, 4)
        if place == 0:
            forger, skill = sample_forger(rng), rng.uniform(*DIFFICULTIES[difficulty])
        kind = forgeries[sample % len(forgeries)]
        trace = forge(writer, rng, kind, difficulty, forger, skill)
        who = name if kind == "disguised" else f"f{number:03d}-{team}"
        told = f"{skill:.2f}" if kind in ("skilled", "traced") else ""
        rows.append(row(trace, "forged", sample, domain, kind, who, skill=told))
    return rows


def deal(domains: tuple[str, ...], count: int, rng: np.random.Generator) -> list[str]:
    """Return a domain for each of so many images, in equal shares as far as that goes, by lot beyond."""
    return rng.permutation(np.resize(rng.permutation(domains), count)).tolist()
