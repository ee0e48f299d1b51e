"""How many images of a corpus can be used: what the quality gate says of all of them."""

from collections import Counter
from collections.abc import Sequence

import joblib
import pandas as pd

from deepsign_helpers import preprocessing

COLUMNS = ["verdict", "said", "images", "example"]
# The worst come first.
VERDICTS = ("unusable", "doubtful", "usable")
# The verdict on an image, and the sentences that it rests on.
Judgement = tuple[str, tuple[str, ...]]


def usability(table: pd.DataFrame) -> pd.DataFrame:
    """Count what `preprocessing.quality` says of the images of a corpus, with an example each.

    Work is spread over as many processes as `joblib.parallel_config` says.

    Parameters
    ----------
    table : DataFrame
        Corpus table; its `path` can be opened.

    Returns
    -------
    DataFrame, a row for each verdict and sentence
        `verdict` ("unusable", "doubtful" or "usable"), what is `said` ("" of usable ones; an image
        of several doubts counts for each), how many `images`, and the path of the first as an
        `example`. The worst verdict comes first, and of it what is most often said.

    See Also
    --------
    deepsign_helpers.preprocessing.prepare_all : leaves the unusable ones out, if asked.

    Examples
    --------
    >>> from deepsign_helpers import corpora, runtime
    >>> table = corpora.load(runtime.data_folder()).head(3)
    >>> usability(table)[["verdict", "said", "images"]]
      verdict said  images
    0  usable            3
    """
    paths = [str(path) for path in table["path"]]
    judgements = joblib.Parallel()(joblib.delayed(judgement_on)(path) for path in paths)
    return count_judgements(paths, judgements)


def count_judgements(paths: Sequence[str], judgements: Sequence[Judgement]) -> pd.DataFrame:
    """Return the table of `usability` from the judgement on each image."""
    counts = Counter()
    examples = {}
    for path, (verdict, sentences) in zip(paths, judgements, strict=True):
        for sentence in sentences:
            counts[verdict, sentence] += 1
            examples.setdefault((verdict, sentence), path)

    rows = [
        (verdict, sentence, images, examples[verdict, sentence])
        for (verdict, sentence), images in counts.most_common()
    ]
    rows.sort(key=lambda row: VERDICTS.index(row[0]))  # a stable sort keeps the counts' order
    return pd.DataFrame(rows, columns=COLUMNS)


def judgement_on(path: str) -> Judgement:
    """Return the verdict on one image, and the sentences that it rests on."""
    try:
        found = preprocessing.quality(path)
    except preprocessing.ImageError as error:
        # Without its name, so that images of one fault are counted together.
        return "unusable", (str(error).removeprefix(f"{path}: "),)
    return judgement_of(found)


def judgement_of(found: preprocessing.Quality) -> Judgement:
    """Return the verdict of the quality gate, and the sentences that it rests on."""
    return found.verdict, found.reasons or found.warnings or ("",)
