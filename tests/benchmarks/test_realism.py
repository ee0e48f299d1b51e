"""Whether generated signatures measure what real ones do: shape, difficulty for an untrained descriptor, giveaways."""

import joblib
import pytest
import realism

from deepsign_helpers import synthesis

# Skilled EER (%) of the untrained descriptor at 5 and at 1 references.
MEDIUM = {5: (18, 26), 1: (26, 34)}
RANDOM = (3, 11)  # at 5 references
GIVEAWAY = {"skilled": 0.60, "traced": 0.62}  # a tracing is slow, and shows it a little


def measured(folder, writers, script, difficulty):
    with joblib.parallel_config(n_jobs=2):
        table = synthesis.write_corpus(
            folder, writers, difficulty=difficulty, seed=11, scripts=(script,)
        )
    return table, *realism.measure(table)


@pytest.mark.parametrize("script", synthesis.SCRIPTS)
def test_sixty_writers_of_each_script_measure_what_real_ones_do(tmp_path, script):
    rates = {}
    for difficulty in synthesis.DIFFICULTIES:
        table, vectors, figures = measured(tmp_path / difficulty, 60, script, difficulty)
        rates[difficulty] = {R: 100 * realism.difficulty(vectors, table, R) for R in (5, 1)}
        shapes = realism.shapes(figures)
        print(
            f"\n{script}, {difficulty}: {shapes['fits'].mean():.0%} of the shape figures fit; those that do not:"
        )
        print(
            (shapes if difficulty == "medium" else shapes[~shapes["fits"]])
            .round(3)
            .to_string(index=False)
        )
        print({R: rate.round(1).to_dict() for R, rate in rates[difficulty].items()})
        print(
            {name: round(area, 2) for name, area in realism.giveaways(figures).items()}, flush=True
        )
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
        drawn = {"scripts": synthesis.SCRIPTS, "domains": (domain,), "forgeries": (kind,)}
        table = synthesis.write_corpus(
            tmp_path / "corpus", 210, genuine=6, forged=6, seed=12, **drawn
        )
    areas = realism.giveaways(realism.measure(table)[1])
    print(f"\n{kind}, {domain}: {areas.round(3).to_dict()}")
    assert (areas <= GIVEAWAY[kind]).all()
