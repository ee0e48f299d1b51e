"""Findings in words: a number, an example and a cure each, and one verdict."""

import pandas as pd

from deepsign_helpers.corpora.giveaways import (
    EVERYTHING,
    FILE,
    FIRES,
    HAND,
    MIXED,
    QUIET,
    SCANNER,
    SILENT,
    UNSURE,
)
from deepsign_helpers.corpora.looking import LAMP_FIGURES, MIXED_FIGURES

# How a sentence calls a figure, and in which unit its medians are; "" where they have none.
WORDS = {
    "median_background": ("the grey of the paper", "grey levels"),
    "paper_noise": ("the grain of the paper", "grey levels"),
    "height": ("the height of the image", "px"),
    "width": ("the width of the image", "px"),
    "compression": ("the compression of the file", "of its size as PNG"),
    "edge_width": ("the softness of edges", "px"),
    "mean_grey": ("the mean grey of the image", "grey levels"),
    "ink_level": ("the grey of the ink", "grey levels"),
    "ink_deviation": ("the spread of the ink's grey", "grey levels"),
    "ink_area": ("the area of the ink", "px"),
    "stroke_width": ("the width of strokes", "of the height"),
    "aspect": ("the proportions of the signature", "width to height"),
}


def verdict_on(giveaways: pd.DataFrame, unjudged: str) -> str:
    """Return in one sentence, or a few, what a published result on these images is worth.

    Parameters
    ----------
    giveaways : DataFrame
        As `giveaway_table` returns it; empty where nothing could be judged.
    unjudged : str
        Why nothing could be judged; "" otherwise.

    Returns
    -------
    str
        It begins with "clean:", "the scanner tells", "the ink tells", "not sure:" or "not judged:".
    """
    if unjudged:
        return f"not judged: {unjudged}."
    scanner = strongest(giveaways, SCANNER)
    if scanner is not None:
        return f"the scanner tells {_told(giveaways, scanner)}"
    is_of_lamp = giveaways.index.isin((*LAMP_FIGURES, *MIXED_FIGURES))
    ink = strongest(giveaways[is_of_lamp], HAND, MIXED)
    if ink is not None:
        return (
            f"the ink tells {_told(giveaways, ink)} Paper and size are not to blame; a lamp, a "
            "lens, a pen or a slow hand may be."
        )
    unsure = _says(giveaways, SCANNER, UNSURE)
    if unsure:
        area = giveaways.loc[unsure[0]]
        return (
            f"not sure: {_named(unsure[0])} may tell forged from genuine "
            f"({_area_in_words(area)}); more writers are needed to say."
        )
    area = giveaways.loc[SCANNER, "scan"]
    return (
        "clean: one image alone, without any reference, does not tell forged from genuine by paper "
        f"and scanner (AUC {area:.2f}, limit {QUIET:.2f})."
    )


def _told(giveaways: pd.DataFrame, name: str) -> str:
    area = giveaways.loc[name]
    if area["scan_low"] > QUIET:
        how_well = f"an AUC of {area['scan']:.2f}, which is an EER of {area['scan_eer']:.0%}"
    else:  # its level differs from writer to writer
        how_well = f"an AUC of {area['scan_within']:.2f} within a writer"
    return (
        "forged from genuine: one image alone, without any reference, tells them apart with "
        f"{how_well} ({_named(name)}). No error rate on these images, however low, shows that "
        "signatures were compared."
    ).replace("%", " %")


def strongest(giveaways: pd.DataFrame, *groups: str) -> str | None:
    """Return the figure of groups, or the regression on one, that fires and has the largest area.

    None where none fires.
    """
    fires = [name for group in groups for name in _says(giveaways, group, FIRES)]
    if not fires:
        return None
    areas = giveaways.loc[fires, ["scan", "scan_within"]].max(axis=1)
    return str(areas.idxmax())


def _says(giveaways: pd.DataFrame, group: str, what: str, stage: str = "scan") -> list[str]:
    """Return the names of what says something, by area, the largest first."""
    is_meant = (giveaways["group"] == group) & (giveaways[f"{stage}_says"] == what)
    return giveaways[is_meant].sort_values(stage, ascending=False).index.tolist()


def _named(name: str) -> str:
    return WORDS[name][0] if name in WORDS else f"a regression on the figures of {name}"


def _area_in_words(area: pd.Series, stage: str = "scan") -> str:
    low, high = area[f"{stage}_low"], area[f"{stage}_high"]
    return f"AUC {area[stage]:.2f}, 95 % interval {low:.2f} to {high:.2f}"


def sentences_on_giveaways(giveaways: pd.DataFrame, unjudged: str) -> list[str]:
    """Return what one image alone gives away, by paper and scanner, by ink and hand, and after."""
    if unjudged:
        return [f"What one image alone gives away was not measured: {unjudged}."]
    found = [
        _on_group(
            giveaways,
            SCANNER,
            "scan both kinds on the same paper with the same device and settings, mixed",
        ),
        _on_group(
            giveaways,
            HAND,
            "a forger who draws presses otherwise, so this may be the hand; compare pens, lamps "
            "and dates of scanning before you blame it",
        ),
        _on_mixed(giveaways),
        _on_file(giveaways),
        _on_prepared(giveaways),
    ]
    return [sentence for sentence in found if sentence]


def _on_group(giveaways: pd.DataFrame, group: str, cure: str) -> str:
    regression = giveaways.loc[group]
    fires = [name for name in _says(giveaways, group, FIRES) if name in WORDS]
    unsure = [name for name in _says(giveaways, group, UNSURE) if name in WORDS]
    capital = group.capitalize()
    together = f"together {_area_in_words(regression)}"
    if group == HAND:
        together += f", with paper and scanner {giveaways.loc[EVERYTHING, 'scan']:.2f}"
    if fires:
        listed = "; ".join(_figure_in_words(giveaways, name) for name in fires)
        return f"{capital} tell forged from genuine: {listed}; {together}. Cure: {cure}."
    if regression["scan_says"] == FIRES:
        return f"{capital} tell forged from genuine, no figure alone, but {together}. Cure: {cure}."
    if unsure or regression["scan_says"] == UNSURE:
        listed = "; ".join([*(_figure_in_words(giveaways, name) for name in unsure), together])
        return f"{capital} may tell forged from genuine: {listed}. Cure: add writers to be sure."
    return f"{capital} are quiet: {together}."


def _on_mixed(giveaways: pd.DataFrame) -> str:
    fires = _says(giveaways, MIXED, FIRES)
    if not fires:
        return ""
    listed = "; ".join(_figure_in_words(giveaways, name) for name in fires)
    return (
        f"What paper and ink decide together tells forged from genuine: {listed}. Cure: compare "
        "lamps, focus and resolution first, then pens."
    )


def _on_file(giveaways: pd.DataFrame) -> str:
    fires = _says(giveaways, FILE, FIRES)
    if not fires:
        return ""
    return (
        f"Files of the two kinds were saved differently: {_figure_in_words(giveaways, fires[0])}. "
        "No network sees that, but whoever saved them apart may have scanned them apart. Cure: "
        "save all of them alike, from the scans as they were."
    )


def _figure_in_words(giveaways: pd.DataFrame, name: str) -> str:
    area = giveaways.loc[name]
    called, unit = WORDS[name]
    medians = f"genuine {area['scan_genuine']:.4g}, forged {area['scan_forged']:.4g} {unit}"
    within = ""
    if area["scan_within"] > area["scan"] + 0.05:
        within = f", {area['scan_within']:.2f} within a writer"
    return f"{called} ({name}; {medians}; {_area_in_words(area)}{within})"


def _on_prepared(giveaways: pd.DataFrame) -> str:
    before = giveaways.loc[EVERYTHING]
    names = [name for name in giveaways.index if giveaways.loc[name, "prepared_says"] == FIRES]
    after = _area_in_words(before, "prepared")
    if before["scan_says"] == SILENT and not names:
        return f"After prepare all figures together are quiet, too: {after}."
    if not names and before["scan_says"] == FIRES:
        return (
            f"After prepare all figures together fall from {before['scan']:.2f} to {after}: train "
            "and test on prepared images."
        )
    if not names:
        return f"After prepare all figures together reach {after}: none is sure to tell."
    figures = [name for name in names if name in WORDS]
    listed = ", ".join(
        f"{WORDS[name][0]} {giveaways.loc[name, 'prepared']:.2f}" for name in figures
    )
    left = f" by {listed}" if listed else ""
    return (
        f"After prepare, too, one image alone tells forged from genuine{left}; all figures "
        f"together {after}. prepare does not cure that: scan both kinds anew, alike."
    )


def sentences_on_doubles(doubles: pd.DataFrame) -> list[str]:
    """Return how many doubles stand where, with an example each."""
    if doubles.empty:
        return ["No image stands in it twice."]
    found = []
    for place, pairs in doubles.groupby("where", sort=True):
        counts = pairs["likeness"].value_counts()
        kinds = ", ".join(f"{count} {likeness}" for likeness, count in counts.items())
        example = pairs.iloc[0]
        cure = (
            "keep one of each"
            if place == "within a writer"
            else "find out whose it is, and remove the other"
        )
        found.append(
            f"{_count(len(pairs), 'image')} stand{'s' if len(pairs) == 1 else ''} twice {place} "
            f"({kinds}), such as {example['path']} and {example['double']}. Cure: {cure}."
        )
    return found


def sentences_on_leaks(leaks: pd.DataFrame) -> list[str]:
    """Return what stands in more than one split."""
    found = []
    for leak, cure in (
        ("writer", "split by writer, as pairing.split_writers does"),
        ("image", "remove it from one of them, and count the test's result as void"),
    ):
        rows = leaks[leaks["leak"] == leak]
        if len(rows):
            first = rows.iloc[0]
            found.append(
                f"{_count(len(rows), leak)} in more than one split, such as {first['name']} "
                f"({first['splits']}). Cure: {cure}."
            )
    return found


def sentences_on_gaps(gaps: pd.DataFrame) -> list[str]:
    """Return what writers lack."""
    return [
        f"{_count(row.writers, 'writer')} with {row.gap}, such as {row.example}: {row.means}."
        for row in gaps.itertuples()
    ]


def sentences_on_usability(found: pd.DataFrame) -> list[str]:
    """Return how many images cannot be used, and how many only with doubts."""
    sentences = []
    for verdict, cure in (
        ("unusable", "scan them anew, or have prepare_all leave them out"),
        ("doubtful", "look at them"),
    ):
        rows = found[found["verdict"] == verdict]
        if len(rows):
            first = rows.iloc[0]
            sentences.append(
                f"{_count(rows['images'].sum(), f'{verdict} image')}, most often since "
                f"{first['said'].rstrip('.')} ({first['images']}, such as {first['example']}). "
                f"Cure: {cure}."
            )
    return sentences


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
