"""Exercises of chapter 00: two error rates, what may be published, and a forger's pace."""

import numpy as np
import pandas as pd

from deepsign_helpers.exercises.tutor import Exercise


def error_rates(answers: list[str], truth: list[str]) -> tuple[float, float]:
    """Return a judge's false accept rate and false reject rate.

    Parameters
    ----------
    answers : list of str
        "genuine", "forged", or "" where the judge gave no answer.
    truth : list of str
        "genuine" or "forged", in the same order.

    Returns
    -------
    (float, float), in [0, 1]
        The false accept rate comes first.
    """
    answers_on_forged = []
    answers_on_genuine = []
    for answer, kind in zip(answers, truth, strict=True):
        if answer == "":
            continue
        if kind == "forged":
            answers_on_forged.append(answer)
        else:
            answers_on_genuine.append(answer)
    false_accept_rate = answers_on_forged.count("genuine") / len(answers_on_forged)
    false_reject_rate = answers_on_genuine.count("forged") / len(answers_on_genuine)
    return false_accept_rate, false_reject_rate


def rates_of_all_signatures(answers, truth):
    """Both mistakes are divided by the number of all signatures. A false accept can only happen to
    a forgery, and a false reject only to a genuine signature: each rate has a denominator of its
    own.
    """
    judged = [(answer, kind) for answer, kind in zip(answers, truth, strict=True) if answer]
    false_accepts = judged.count(("genuine", "forged"))
    false_rejects = judged.count(("forged", "genuine"))
    return false_accepts / len(judged), false_rejects / len(judged)


def rates_swapped(answers, truth):
    """The two rates have changed places. To *accept* a forgery is the false accept; it comes
    first.
    """
    false_accept_rate, false_reject_rate = error_rates(answers, truth)
    return false_reject_rate, false_accept_rate


def rates_with_unanswered(answers, truth):
    """Signatures without an answer are counted as if they had been judged. Leave them out of both
    denominators.
    """
    all_of_them = list(zip(answers, truth, strict=True))
    false_accepts = all_of_them.count(("genuine", "forged"))
    false_rejects = all_of_them.count(("forged", "genuine"))
    return false_accepts / truth.count("forged"), false_rejects / truth.count("genuine")


def judges() -> dict[str, tuple]:
    """Return the answers of two judges on eight signatures, each with one left out."""
    truth = ["forged", "genuine", "forged", "genuine", "genuine", "forged", "forged", "genuine"]
    careful = ["forged", "genuine", "genuine", "forged", "genuine", "forged", "", "forged"]
    hasty = ["genuine", "genuine", "genuine", "genuine", "", "forged", "genuine", "forged"]
    return {"a careful judge": (careful, truth), "a hasty judge": (hasty, truth)}


def publishable(files: pd.DataFrame) -> list[str]:
    """Return the paths of the files that may go into this course's public repository.

    Parameters
    ----------
    files : DataFrame
        Columns path; holds ("image", "weights" or "scores"); signer ("generated" or
        "person"); consent (what the signer agreed to: "", "research" or "publication").

    Returns
    -------
    list of str
        In the order of the table.
    """
    is_generated_image = (files["holds"] == "image") & (files["signer"] == "generated")
    is_table_of_scores = files["holds"] == "scores"
    harmless = files[is_generated_image | is_table_of_scores]
    return harmless["path"].tolist()


def published_with_consent(files):
    """A person's signature is among them, because that person agreed. What lies in a public
    repository is copied for ever and cannot be called back when somebody withdraws consent. No real
    signature, ever.
    """
    is_harmless = files["path"].isin(publishable(files))
    is_agreed_upon = (files["holds"] == "image") & (files["consent"] != "")
    return files.loc[is_harmless | is_agreed_upon, "path"].tolist()


def published_with_weights(files):
    """Trained weights are among them. That they learned from generated signatures only makes no
    difference: a ready verifier tells a forger when a forgery is good enough.
    """
    is_generated = files["signer"] == "generated"
    is_table_of_scores = files["holds"] == "scores"
    return files.loc[is_generated | is_table_of_scores, "path"].tolist()


def piles_of_files() -> dict[str, tuple]:
    """Return two tables of files: each kind of thing is there, a person's and a program's."""
    rows = [
        ("w000.png", "image", "generated", ""),
        ("anna.png", "image", "person", "publication"),
        ("anonymous_17.png", "image", "person", ""),
        ("verifier.keras", "weights", "generated", ""),
        ("scores.csv", "scores", "generated", ""),
        ("study.csv", "scores", "person", "research"),
        ("scan_3.tif", "image", "person", "research"),
        ("theirs.keras", "weights", "person", "publication"),
    ]
    files = pd.DataFrame(rows, columns=["path", "holds", "signer", "consent"])
    return {
        "a folder of eight files": (files,),
        "a folder of four files": (files.iloc[2:6].reset_index(drop=True),),
    }


def isochrony(lengths: np.ndarray, times: np.ndarray) -> float:
    """Return by which power of a stroke's length its time grows.

    Parameters
    ----------
    lengths : float array, shape (n,), mm
        Of strokes; all above 0.
    times : float array, shape (n,), s
        That they take; all above 0.

    Returns
    -------
    float
        Slope of the straight line, fitted by least squares, of log time over log
        length: 0 for perfect isochrony, 1 for one speed.
    """
    slope, _ = np.polyfit(np.log(lengths), np.log(times), deg=1)
    return float(slope)


def isochrony_without_logarithms(lengths, times):
    """This is a slope in seconds for each millimetre. It depends on the units, and a power does
    not: take the logarithm of lengths and of times before you fit the line.
    """
    slope, _ = np.polyfit(lengths, times, deg=1)
    return float(slope)


def isochrony_the_other_way(lengths, times):
    """Length and time have changed places. It is the time that depends on the length here, so the
    time stands upright, and the length lies.
    """
    slope, _ = np.polyfit(np.log(times), np.log(lengths), deg=1)
    return float(slope)


def isochrony_by_correlation(lengths, times):
    """This is a correlation. It says how closely the points follow their line, not how steep that
    line is: a forger and a writer can have the same.
    """
    return float(np.corrcoef(np.log(lengths), np.log(times))[0, 1])


def strokes_on_a_tablet() -> dict[str, tuple]:
    """Return lengths and times of the strokes of three hands, as a tablet recorded them."""
    lengths = np.array([1.2, 1.9, 2.4, 3.6, 5.1, 7.7, 12.0, 21.0])
    # What makes a stroke faster or slower by chance.
    chance = np.array([1.05, 0.93, 1.1, 0.98, 0.91, 1.06, 1.02, 0.96])
    return {
        "a writer": (lengths, 0.095 * lengths**0.08 * chance),
        "a forger who draws": (lengths, 0.12 * lengths**0.4 * chance),
        "a tracer at one speed": (lengths, lengths / 40),
    }


EXERCISES = {
    "0.1": Exercise(
        title="Count the two errors",
        solution=error_rates,
        mistakes=(rates_of_all_signatures, rates_swapped, rates_with_unanswered),
        hints=(
            "Sort the answers into two piles first: those on forgeries and those on genuine "
            "signatures.",
            'In the pile of forgeries, count the answers "genuine"; in the other, the '
            'answers "forged".',
            "Divide each count by the answers given in its own pile; an empty text is no answer.",
        ),
        trials=judges,
    ),
    "0.2": Exercise(
        title="What may be published?",
        solution=publishable,
        mistakes=(published_with_consent, published_with_weights),
        hints=(
            "Two lines hold everywhere in this course. Which of the files does each of them "
            "rule out?",
            "Scores are numbers that nobody's hand can be drawn from; they may be published.",
            "Keep what holds scores, and the images whose signer was generated.",
        ),
        trials=piles_of_files,
    ),
    "0.3": Exercise(
        title="Does time grow with length?",
        solution=isochrony,
        mistakes=(
            isochrony_without_logarithms,
            isochrony_the_other_way,
            isochrony_by_correlation,
        ),
        hints=(
            "Take the logarithm of both arrays: a power becomes the slope of a straight line.",
            "`np.polyfit(x, y, deg=1)` fits a straight line; x is what the other depends on.",
            "It returns two numbers, the slope first.",
        ),
        trials=strokes_on_a_tablet,
    ),
}
