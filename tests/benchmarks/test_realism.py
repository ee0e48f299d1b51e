"""Whether generated signatures measure what real ones do: shape, difficulty, giveaways."""

import joblib
import pytest
import realism

from deepsign_helpers import corpora, synthesis

# Skilled EER (%) of the untrained descriptor at 5 and at 1 references.
MEDIUM = {5: (18, 26), 1: (26, 34)}
RANDOM = (3, 11)  # at 5 references
GIVEAWAY = {"skilled": 0.60, "traced": 0.62}  # a tracing is slow, and shows it a little

# Arabic is kept unseen, for a single final look: nothing is fitted to it, nor judged by it.
LOOKED_AT = tuple(script for script in synthesis.SCRIPTS if script != "arabic")


def measured(folder, writers, script, difficulty):
    with joblib.parallel_config(n_jobs=2):
        table = synthesis.write_corpus(
            folder, writers, difficulty=difficulty, seed=11, scripts=(script,)
        )
        vectors, figures = realism.measure(table)
        areas = corpora.giveaway_areas(corpora.giveaway_figures(table))
    return table, vectors, figures, areas


@pytest.mark.parametrize("script", LOOKED_AT)
def test_sixty_writers_of_each_script_measure_what_real_ones_do(tmp_path, script):
    rates = {}
    for difficulty in synthesis.DIFFICULTIES:
        table, vectors, figures, areas = measured(tmp_path / difficulty, 60, script, difficulty)
        rates[difficulty] = {
            references: 100 * realism.difficulty(vectors, table, references)
            for references in (5, 1)
        }
        shapes = realism.shapes(figures)
        fitting = f"{shapes['fits'].mean():.0%} of the shape figures fit"
        print(f"\n{script}, {difficulty}: {fitting}; those that do not:")
        shown = shapes if difficulty == "medium" else shapes[~shapes["fits"]]
        print(shown.round(3).to_string(index=False))
        for references, rate in rates[difficulty].items():
            print(references, rate.round(1).to_dict())
        print(areas.round(2).to_dict(), flush=True)
        if difficulty == "medium":
            assert shapes.loc[shapes["what"].isin(["10th", "50th", "90th"]), "fits"].mean() >= 0.9
    for references, (low, high) in MEDIUM.items():
        assert low <= rates["medium"][references]["skilled"] <= high
        assert (
            rates["easy"][references]["skilled"] < low < high < rates["hard"][references]["skilled"]
        )
    assert RANDOM[0] <= rates["medium"][5]["random"] <= RANDOM[1]


@pytest.mark.parametrize("domain", synthesis.DOMAINS)
@pytest.mark.parametrize("kind", ["skilled", "traced"])
def test_no_figure_of_one_image_gives_the_forgeries_of_two_hundred_and_ten_writers_away(
    tmp_path, domain, kind
):
    with joblib.parallel_config(n_jobs=2):
        table = synthesis.write_corpus(
            tmp_path / "corpus",
            writers=210,
            genuine=6,
            forged=6,
            seed=12,
            scripts=LOOKED_AT,
            domains=(domain,),
            forgeries=(kind,),
        )
        areas = corpora.giveaway_areas(corpora.giveaway_figures(table))
    print(f"\n{kind}, {domain}: {areas.round(3).to_dict()}")
    assert (areas <= GIVEAWAY[kind]).all()
