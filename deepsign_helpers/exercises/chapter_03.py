"""Exercises of chapter 03: the pairs of a writer, the leaked writer, the flipped label."""

from itertools import combinations

import numpy as np
import pandas as pd

from deepsign_helpers.exercises.tutor import Exercise


def pairs_of_writer(kinds: list[str]) -> set[tuple[int, int, int]]:
    """Return every pair of one writer's signatures that says something about the hand.

    Parameters
    ----------
    kinds : list of str
        For each signature "genuine" or "forged".

    Returns
    -------
    set of (left, right, label)
        Left and right are places in the list, counted from 0, and left < right; the
        label is 1 (SAME) or 0 (DIFFERENT).
    """
    pairs = set()
    for left, right in combinations(range(len(kinds)), 2):
        two_kinds = {kinds[left], kinds[right]}
        if two_kinds == {"genuine"}:
            pairs.add((left, right, 1))
        elif two_kinds == {"genuine", "forged"}:
            pairs.add((left, right, 0))
    return pairs


def pairs_of_two_forgeries(kinds):
    """Two forgeries stand as SAME. They may come from two forgers, and neither is the writer's:
    such a pair says nothing about this hand. Leave it out.
    """
    pairs = set()
    for left, right in combinations(range(len(kinds)), 2):
        label = 1 if kinds[left] == kinds[right] else 0
        pairs.add((left, right, label))
    return pairs


def pairs_with_swapped_labels(kinds):
    """The labels are turned round: here 0 means *different* and 1 means the same hand. A loss would
    pull forgeries to their victims, and nothing would crash.
    """
    return {(left, right, 1 - label) for left, right, label in pairs_of_writer(kinds)}


def pairs_with_themselves(kinds):
    """A signature is paired with itself. Its distance to itself is 0 whatever the encoder does, so
    the pair teaches nothing and flatters every rate.
    """
    with_themselves = {(row, row, 1) for row, kind in enumerate(kinds) if kind == "genuine"}
    return pairs_of_writer(kinds) | with_themselves


def writers_to_pair() -> dict[str, tuple]:
    """Return the kinds of two writers' signatures, in order and mixed."""
    return {
        "two genuine signatures and two forgeries": (["genuine", "genuine", "forged", "forged"],),
        "a forgery between three genuine ones": (["genuine", "forged", "genuine", "genuine"],),
    }


def leaked_writers(table: pd.DataFrame) -> set[str]:
    """Return the writers who have signatures in more than one split.

    Parameters
    ----------
    table : DataFrame
        Columns path, writer, split ("train", "validation" or "test").

    Returns
    -------
    set of str
    """
    splits = table.groupby("writer")["split"].nunique()
    return set(splits.index[splits > 1])


def leaked_images(table):
    """You looked for the same *image* in two splits. A writer leaks with two different images as
    well: the verifier knows the hand.
    """
    splits = table.groupby("path")["split"].nunique()
    leaked_paths = splits.index[splits > 1]
    return set(table.loc[table["path"].isin(leaked_paths), "writer"])


def leaked_into_the_test_only(table):
    """You compared the training split with the test split only. A writer in training and validation
    leaks too: the threshold and the choice of weights come from there.
    """
    training_writers = set(table.loc[table["split"] == "train", "writer"])
    test_writers = set(table.loc[table["split"] == "test", "writer"])
    return training_writers & test_writers


def writers_with_many_rows(table):
    """These are writers with more than one signature, wherever it lies. A writer leaks by being in
    two *splits*.
    """
    rows = table.groupby("writer").size()
    return set(rows.index[rows > 1])


def leaking_tables() -> dict[str, tuple]:
    """Return a table with writers who leak in each way, or not at all, and one without a leak."""
    rows = [
        ("a/1.png", "a", "train"),
        ("a/2.png", "a", "test"),
        ("b/1.png", "b", "train"),
        ("b/2.png", "b", "train"),
        ("c/1.png", "c", "validation"),
        ("c/2.png", "c", "train"),
        ("d/1.png", "d", "test"),
        ("e/1.png", "e", "train"),
        ("e/1.png", "e", "test"),
        ("f/1.png", "f", "test"),
        ("f/2.png", "f", "test"),
        ("g/1.png", "g", "validation"),
        ("g/2.png", "g", "test"),
    ]
    table = pd.DataFrame(rows, columns=["path", "writer", "split"])
    no_leak = table[table["writer"].isin(["b", "d", "f"])]
    return {
        "seven writers": (table,),
        "writers who keep to one split": (no_leak,),
    }


def repaired_labels(pairs: pd.DataFrame) -> np.ndarray:
    """Return the labels of pairs as they should be.

    Parameters
    ----------
    pairs : DataFrame
        Columns left_writer, right_writer, kind ("genuine", "skilled" or "random") and
        label, partly wrong. The kind is right: "random" joins the genuine signatures of
        two writers.

    Returns
    -------
    int array, shape (n,)
        1 (SAME) for two genuine signatures of one writer, else 0.
    """
    is_same = pairs["kind"] == "genuine"
    return is_same.to_numpy().astype(int)


def labels_all_swapped(pairs):
    """Every label is turned round, the right ones too. Only some are wrong; the column `kind` says
    which.
    """
    return 1 - pairs["label"].to_numpy()


def labels_with_random_as_same(pairs):
    """Random forgeries have become SAME. Both signatures of such a pair are genuine, but of two
    *different* writers.
    """
    is_same = pairs["kind"].isin(["genuine", "random"])
    return is_same.to_numpy().astype(int)


def labels_left_as_they_are(pairs):
    """The labels are as they were. Somebody flipped a few of them: compare `label` with `kind`."""
    return pairs["label"].to_numpy()


def mislabelled_pairs() -> dict[str, tuple]:
    """Return the same seven pairs twice, with different labels flipped."""
    kinds = ["genuine", "skilled", "random", "genuine", "genuine", "random", "skilled"]
    pairs = pd.DataFrame(
        {"left_writer": list("abcdefg"), "right_writer": list("abxdeyg"), "kind": kinds}
    )
    two_flipped = pairs.assign(label=[1, 1, 0, 0, 1, 0, 0])
    three_flipped = pairs.assign(label=[1, 0, 1, 1, 0, 0, 1])
    return {
        "two flipped labels": (two_flipped,),
        "three flipped labels": (three_flipped,),
    }


EXERCISES = {
    "3.1": Exercise(
        title="The pairs of one writer",
        solution=pairs_of_writer,
        mistakes=(pairs_of_two_forgeries, pairs_with_swapped_labels, pairs_with_themselves),
        hints=(
            "There are three sorts of pairs: genuine and genuine, genuine and forged, forged "
            "and forged.",
            "Two forgeries say nothing about the writer: that sort is left out.",
            "`itertools.combinations(range(n), 2)` gives every pair once, and none with itself.",
        ),
        trials=writers_to_pair,
    ),
    "3.2": Exercise(
        title="Find the leaked writer",
        solution=leaked_writers,
        mistakes=(leaked_images, leaked_into_the_test_only, writers_with_many_rows),
        hints=(
            "The unit that must not leak is the writer. In how many splits does each one occur?",
            "Group by writer, and count the *different* values of the column split.",
            '`groupby("writer")["split"].nunique()` counts them; keep those above 1.',
        ),
        trials=leaking_tables,
    ),
    "3.3": Exercise(
        title="Repair the flipped label",
        solution=repaired_labels,
        mistakes=(labels_all_swapped, labels_with_random_as_same, labels_left_as_they_are),
        hints=(
            "You need not find out which labels are wrong. What decides what a label should be?",
            "Of the three kinds only one is SAME. Which?",
            "Compare the column kind with that one name, and turn True and False into 1 and 0.",
        ),
        trials=mislabelled_pairs,
    ),
}
