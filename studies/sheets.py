"""A class of a hundred that signs sheets, and whether a threshold from elsewhere fits it."""

import joblib
import numpy as np
import pandas as pd

from deepsign_helpers import corpora, preprocessing, runtime, strokes, synthesis
from deepsign_helpers.strokes import Line
from deepsign_helpers.verifier import Fusion, Signatures, figure_table, scores_of, trace_all

PEOPLE = 100
SEED = 18
FILLED = {"genuine": 10, "forged": 6}  # boxes on each sheet
LOOKS = ("desk", "phone", "shadow")
SCRIPTS = ("latin", "devanagari", "paraph")
BLACK = 0.7  # of the paper's light: what is darker is black to a scanner that knows no grey


def sheets() -> pd.DataFrame:
    """Score sheets of a hundred people by the strokes alone, and the course's corpus.

    Returns
    -------
    DataFrame
        A row a comparison: which `signatures`, with how many `references`, writer, kind, score.
    """
    elsewhere = corpora.load(runtime.data_folder())
    figures_elsewhere = compare(trace_all(elsewhere), elsewhere)
    fusion = Fusion.equal(figures_elsewhere, strokes.NAMES)

    tasks = (joblib.delayed(boxes_of)(number) for number in range(1, PEOPLE + 1))
    parallel = joblib.Parallel(return_as="generator")
    boxes = []
    for of_one in runtime.progress(parallel(tasks), "people", total=PEOPLE):
        boxes.extend(of_one)
    table = pd.DataFrame(boxes)
    lines = list(table["line"])
    lines_in_bits = list(table["line in bits"])
    measured = {
        "elsewhere": figures_elsewhere,
        "photographed": compare(lines, table),
        "black and white": compare(lines_in_bits, table),
        "photographed, one reference": compare(lines, table, references=1),
    }
    parts = [
        scores_of(figures, fusion).assign(signatures=name) for name, figures in measured.items()
    ]
    columns = ["signatures", "references", "writer", "kind", "score"]
    return pd.concat(parts)[columns].round({"score": 3})


def compare(lines: list[Line], table: pd.DataFrame, references: int = 5) -> pd.DataFrame:
    """Return the figures of a corpus by its lines alone, without strangers."""
    no_encoder = np.ones((len(table), 1))
    figures = figure_table(Signatures(no_encoder, lines), table, references, impostors=1)
    return figures[figures["kind"] != "random"]


def boxes_of(number: int) -> list[dict]:
    """Return the boxes of a person's two sheets as rows of a corpus, with their lines."""
    rng = np.random.default_rng([SEED, number])
    writer = synthesis.sample_writer(rng, script=SCRIPTS[number % len(SCRIPTS)])
    rows = []
    for kind, filled in FILLED.items():
        sheet = corpora.Sheet(number, kind, boxes=12)
        fillings = corpora.sign_sheet(sheet, writer, rng, filled)
        photo = corpora.photograph_sheet(sheet, fillings, rng, LOOKS[number % len(LOOKS)])
        for box, image in corpora.read_sheet(photo).images.items():
            row = {
                "path": f"{number:03d}-{kind}-{box:02d}",
                "writer": f"{number:03d}",
                "kind": kind,
                "sample": f"{box:02d}",
                "forgery": "skilled" if kind == "forged" else "",
                "forger": "",
                "line": strokes.trace_line(image),
                "line in bits": strokes.trace_line(in_black_and_white(image)),
            }
            rows.append(row)
    return rows


def in_black_and_white(gray: np.ndarray) -> np.ndarray:
    """Return what a scanner makes of a box that knows no grey: uint8, 0 or 255."""
    paper = preprocessing.estimate_paper(gray)
    return np.where(gray < BLACK * paper, 0, 255).astype(np.uint8)
