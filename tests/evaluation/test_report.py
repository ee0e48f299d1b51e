"""The report: one line a kind of forgery, and never a rate without its protocol."""

import base64
import dataclasses
import html
import json
import re
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from deepsign_helpers import evaluation, pairing
from deepsign_helpers.evaluation.intervals import intervals_at_zero
from deepsign_helpers.evaluation.report import page

AT_THRESHOLD = [
    f"{name} at threshold{end}" for name in ("FAR", "FRR") for end in ("", " from", " to")
]


@pytest.fixture
def two_splits(normal_scores):
    validation, test = normal_scores(writers=10, seed=1), normal_scores(writers=14, seed=2)
    test["writer"] = "t" + test["writer"]
    return pd.concat(
        [validation.assign(split="validation"), test.assign(split="test")], ignore_index=True
    )


def test_table_holds_what_the_functions_say(normal_scores):
    scores_table = normal_scores(writers=14)
    table = evaluation.evaluate(scores_table).table.set_index("forgeries")
    assert list(table.index) == ["skilled", "random"]
    for kind, rate in evaluation.equal_error_rates(scores_table).items():
        assert table.loc[kind, "EER"] == rate
        low, high = evaluation.bootstrap_by_writer(scores_table, kind=kind)
        assert (table.loc[kind, "EER from"], table.loc[kind, "EER to"]) == (low, high)
        expected = evaluation.false_reject_rate_at(
            *evaluation.scores_and_labels(scores_table, kind), 0.1
        )
        assert table.loc[kind, "FRR at FAR 10 %"] == expected
        low, high = evaluation.bootstrap_by_writer(scores_table, 0.1, kind)
        assert (table.loc[kind, "FRR at FAR 10 % from"], table.loc[kind, "FRR at FAR 10 % to"]) == (
            low,
            high,
        )
        assert low < expected < high
    assert table.loc["skilled", ["genuine scores", "forged scores"]].tolist() == [140, 140]


def test_an_operating_point_without_enough_forgeries_is_refused_with_the_reason(normal_scores):
    table = evaluation.evaluate(normal_scores(writers=14)).table
    assert table.loc[0, "FRR at FAR 1 %"] == "FAR 0.01 needs 300 forged scores; there are 140"
    assert table.loc[0, "FRR at FAR 0.1 %"] == "FAR 0.001 needs 3000 forged scores; there are 140"


def test_threshold_comes_from_validation_writers_and_judges_test_writers(two_splits):
    scores_table = two_splits
    validation = scores_table[scores_table["split"] == "validation"]
    test = scores_table[scores_table["split"] == "test"]
    report = evaluation.evaluate(scores_table)
    assert report.threshold == evaluation.equal_error_threshold(
        *evaluation.scores_and_labels(validation)
    )
    accept, reject = evaluation.rates_at(*evaluation.scores_and_labels(test), report.threshold)
    assert report.table.loc[0, ["FAR at threshold", "FRR at threshold"]].tolist() == [
        accept,
        reject,
    ]
    assert report.table.loc[0, "EER"] == evaluation.equal_error_rates(test)["skilled"]
    assert "threshold (set by skilled forgeries) and calibration a priori: from 10 other" in str(
        report.protocol
    )


@pytest.mark.parametrize(
    ("asked", "scope"), [({}, "global"), ({"origin": "a-posteriori", "scope": "user"}, "user")]
)
def test_rates_at_the_threshold_have_intervals_over_the_writers_of_their_kind(
    asked, scope, two_splits
):
    report = evaluation.evaluate(two_splits, seed=3, **asked)
    test = two_splits[two_splits["split"] == "test"]
    thresholds = dict.fromkeys(test["writer"], report.threshold)
    if scope == "user":
        own = {
            writer: evaluation.scores_and_labels(rows) for writer, rows in test.groupby("writer")
        }
        thresholds = {
            writer: evaluation.equal_error_threshold(*part) for writer, part in own.items()
        }
    above = test.assign(score=[row.score - thresholds[row.writer] for row in test.itertuples()])
    for number, kind in enumerate(["skilled", "random"]):
        expected = []
        for name, ends in zip(
            (kind, "genuine"), intervals_at_zero(above, kind, seed=3), strict=True
        ):
            wrong = [
                (score >= 0) != (name == "genuine")
                for score in above.loc[above["kind"] == name, "score"]
            ]
            expected += [sum(wrong) / len(wrong), *ends]
        assert report.table.loc[number, AT_THRESHOLD].tolist() == pytest.approx(expected)


def test_a_score_equal_to_the_threshold_is_accepted(normal_scores):
    report = evaluation.evaluate(normal_scores().assign(score=0.5), origin="a-posteriori")
    assert report.threshold == 0.5
    assert report.table.loc[0, AT_THRESHOLD].tolist() == [1, 1, 1, 0, 0, 0]


def test_writers_are_split_and_scored_and_the_table_is_reported_as_it_is(small_corpus):
    embeddings, table = small_corpus(writers=20)
    split = pairing.split_writers(table, validation=0.3, test=0.3, seed=0)
    assert set(split["split"]) == {"train", "validation", "test"}
    scores_table = evaluation.score_table(embeddings, split)
    report = evaluation.evaluate(scores_table)
    without_train = scores_table[scores_table["split"] != "train"]
    assert report.to_json() == evaluation.evaluate(without_train).to_json()
    assert (report.protocol.judges, report.protocol.writers) == (6, 6)


def test_what_the_splits_that_are_left_out_hold_does_not_matter(two_splits):
    elsewhere = two_splits.assign(split="another corpus", fusion="max", model="another one")
    beside = pd.concat([elsewhere, two_splits.assign(model="this one")], ignore_index=True)
    report = evaluation.evaluate(beside)
    assert report.to_json() == evaluation.evaluate(two_splits.assign(model="this one")).to_json()
    empty = beside.assign(split=beside["split"].replace("another corpus", np.nan))
    with pytest.raises(ValueError, match="has empty fields"):
        evaluation.evaluate(empty)


@pytest.mark.parametrize("asked", [{}, {"origin": "a-posteriori"}])
def test_writers_who_are_in_validation_and_in_test_are_refused(asked, two_splits):
    shared = two_splits.assign(writer=two_splits["writer"].replace("tw03", "w03"))
    with pytest.raises(
        ValueError, match="some writers are in validation and in test; split by writer"
    ):
        evaluation.evaluate(shared, **asked)


@pytest.mark.parametrize(
    "render", [str, lambda report: report._repr_html_(), lambda report: report.to_json()]
)
def test_every_form_states_the_protocol(render, two_splits):
    text = render(evaluation.evaluate(two_splits.assign(model="trained encoder"), seed=3))
    for part in (
        "trained encoder",
        "writer-independent",
        "14 writers",
        "5 references",
        "min",
        "apart",
        "over writers",
    ):
        assert part in text


def test_json_can_be_read_back(two_splits):
    report = evaluation.evaluate(two_splits, failures={"skilled": 3})
    content = json.loads(report.to_json(), parse_constant=pytest.fail)  # NaN is no JSON
    assert content["threshold"] == report.threshold and content["caption"] == report.caption
    pd.testing.assert_frame_equal(pd.DataFrame(content["table"]), report.table)
    kinds = tuple(content["protocol"].pop("kinds"))
    assert evaluation.Protocol(kinds=kinds, **content["protocol"]) == report.protocol
    assert content["readable"]["skilled"] == dict(report.readable()["skilled"])


def test_json_holds_no_gap_where_only_one_kind_has_forgeries_enough(normal_scores):
    scores_table = normal_scores(writers=40)
    fewer = scores_table[(scores_table["kind"] != "random") | (scores_table.index % 2 == 0)]
    text = evaluation.evaluate(fewer).to_json()
    skilled, random = json.loads(text, parse_constant=pytest.fail)["table"]
    assert random["FRR at FAR 1 %"] == "FAR 0.01 needs 300 forged scores; there are 200"
    assert skilled["FRR at FAR 1 % from"] < skilled["FRR at FAR 1 %"] < skilled["FRR at FAR 1 % to"]


def test_without_a_threshold_json_says_null(normal_scores):
    assert json.loads(evaluation.evaluate(normal_scores()).to_json())["threshold"] is None


def test_a_printed_report_holds_its_caption_with_the_threshold(two_splits, normal_scores):
    report = evaluation.evaluate(two_splits.assign(fusion="normalised", model="<script>"))
    assert report.caption.endswith(f"over writers. Threshold: {report.threshold:.3f}.")
    assert report.caption in str(report)
    assert (
        html.escape(report.caption) in report._repr_html_()
        and "<script>" not in report._repr_html_()
    )
    without = evaluation.evaluate(normal_scores())
    assert without.threshold is None and without.caption == str(without.protocol)


@pytest.mark.parametrize("name", ["EER", "FRR at FAR 10 %", "FAR at threshold", "FRR at threshold"])
def test_each_rate_is_read_with_its_interval(name, two_splits):
    report = evaluation.evaluate(two_splits)
    readable = report.readable()
    for number, kind in enumerate(["skilled", "random"]):
        rate, low, high = (
            100 * report.table.loc[number, f"{name}{end}"] for end in ("", " from", " to")
        )
        assert low < rate < high
        assert readable.loc[name, kind] == f"{rate:.1f} % ({low:.1f} to {high:.1f})"


def test_ends_of_intervals_have_no_line_of_their_own_and_the_hull_has_no_interval(two_splits):
    readable = evaluation.evaluate(two_splits).readable()
    assert [name for name in readable.index if name.endswith((" from", " to"))] == []
    assert readable.loc["EER on the convex hull", "skilled"].endswith(" %")
    assert readable.loc["genuine scores", "skilled"] == 140


def test_html_shows_percentages(normal_scores):
    report = evaluation.evaluate(normal_scores())
    assert f"{report.table.loc[0, 'EER'] * 100:.1f} %" in report._repr_html_()


def test_counts_stay_whole_numbers_where_every_operating_point_has_forgeries_enough(normal_scores):
    report = evaluation.evaluate(normal_scores(writers=12, genuine=10, forged=250))
    assert report.table["FRR at FAR 0.1 %"].dtype == float
    lines = str(report).splitlines()
    assert [line.split()[-2:] for line in lines if line.startswith("genuine scores")] == [
        ["120", "120"]
    ]
    assert [line.split()[-2:] for line in lines if line.startswith("forged scores")] == [
        ["3000", "3000"]
    ]


@pytest.mark.parametrize(
    ("references", "fusion", "words"),
    [
        (
            5,
            "min",
            "5 references each, distances to the references fused by their minimum, skilled",
        ),
        (1, "mean", "1 reference each, distances to the references fused by their mean, skilled"),
        (5, "normalised", "fused by their mean less the references' own mutual distance, skilled"),
        (5, "median", "fused by median, skilled"),
    ],
)
def test_the_protocol_says_in_words_how_distances_were_fused(
    references, fusion, words, normal_scores
):
    assert words in str(
        evaluation.evaluate(normal_scores().assign(references=references, fusion=fusion)).protocol
    )


def test_the_threshold_is_set_by_skilled_forgeries_whatever_other_kinds_are_called(two_splits):
    simple = two_splits[two_splits["kind"] == "random"].assign(kind="simple")
    report = evaluation.evaluate(pd.concat([two_splits, simple]))
    assert report.threshold == evaluation.evaluate(two_splits).threshold
    assert list(report.table["forgeries"]) == ["skilled", "simple", "random"]


def test_signatures_that_could_not_be_read_are_turned_away_by_the_iso_formula(two_splits):
    read = evaluation.evaluate(two_splits)
    report = evaluation.evaluate(two_splits, failures={"genuine": 60, "random": 40})
    failed = {"genuine": 60 / 200, "skilled": 0, "random": 40 / 180}
    for number, kind in enumerate(["skilled", "random"]):
        false_match, false_non_match = read.table.loc[
            number, ["FAR at threshold", "FRR at threshold"]
        ]
        accept, reject = report.table.loc[number, ["FAR at threshold", "FRR at threshold"]]
        assert accept == pytest.approx((1 - failed[kind]) * false_match)
        assert reject == pytest.approx(
            failed["genuine"] + (1 - failed["genuine"]) * false_non_match
        )
        for end in (" from", " to"):
            assert report.table.loc[number, f"FAR at threshold{end}"] == pytest.approx(
                (1 - failed[kind]) * read.table.loc[number, f"FAR at threshold{end}"]
            )
            assert report.table.loc[number, f"FRR at threshold{end}"] == pytest.approx(
                failed["genuine"]
                + (1 - failed["genuine"]) * read.table.loc[number, f"FRR at threshold{end}"]
            )
    assert list(report.table["failures to acquire"]) == [
        "60 genuine, 0 skilled",
        "60 genuine, 40 random",
    ]
    assert (report.table["EER"] == read.table["EER"]).all(), "an EER is of comparisons"


def test_a_failure_of_one_kind_of_forgery_leaves_no_gap_in_the_others_column(two_splits):
    report = evaluation.evaluate(two_splits, failures={"skilled": 2})
    assert list(report.readable().loc["failures to acquire"]) == [
        "0 genuine, 2 skilled",
        "0 genuine, 0 random",
    ]


@pytest.mark.parametrize(
    "failures", [{"traced": 2}, {"genuine": 3, "skilled": -1}, {"genuine": np.nan}]
)
def test_failures_that_cannot_be_counted_are_refused(failures, two_splits):
    with pytest.raises(
        ValueError, match="failures: count at a threshold, from 0 on, for genuine, skilled, random"
    ):
        evaluation.evaluate(two_splits, failures=failures)


def test_failures_without_a_threshold_are_refused(normal_scores):
    with pytest.raises(ValueError, match="failures: count at a threshold"):
        evaluation.evaluate(normal_scores(), failures={"genuine": 3})
    report = evaluation.evaluate(normal_scores(), failures={"genuine": 0}, origin="a-posteriori")
    assert list(report.table["failures to acquire"]) == [
        "0 genuine, 0 skilled",
        "0 genuine, 0 random",
    ]


@pytest.mark.parametrize(
    "column", ["writer", "kind", "score", "references", "fusion", "model", "split"]
)
def test_an_empty_field_is_refused_with_where_it_belongs(column, two_splits):
    scores_table = two_splits.assign(model="trained encoder")
    empty = scores_table.assign(**{column: scores_table[column].mask(scores_table.index == 30)})
    with pytest.raises(
        ValueError, match="has empty fields; a signature without a score counts in `failures`"
    ):
        evaluation.evaluate(empty)


def test_an_empty_field_that_no_report_reads_does_no_harm(two_splits):
    report = evaluation.evaluate(two_splits.assign(condition=np.nan))
    pd.testing.assert_frame_equal(report.table, evaluation.evaluate(two_splits).table)


def test_a_comparison_that_stands_twice_is_refused(two_splits):
    twice = pd.concat([two_splits, two_splits.iloc[[5]]], ignore_index=True)
    first = two_splits.iloc[5]
    sentence = f"{first['questioned']} is compared with writer {first['writer']} twice; drop one"
    with pytest.raises(ValueError, match=sentence):
        evaluation.evaluate(twice)


@pytest.mark.parametrize(
    ("column", "value", "sentence"),
    [
        ("score", "high", "has no column score of numbers"),
        ("score", np.inf, "some scores are NaN or infinite"),
        ("references", "five", "references are no whole numbers"),
        ("references", 2.5, "references are no whole numbers"),
    ],
)
def test_a_column_of_another_type_is_refused(column, value, sentence, two_splits):
    with pytest.raises(ValueError, match=f"^scores_table: .*{sentence}"):
        evaluation.evaluate(two_splits.assign(**{column: value}))


@pytest.mark.parametrize("kind", ["genuine", "skilled"])
def test_one_kind_of_signature_alone_is_refused_with_what_is_missing(kind, normal_scores):
    scores_table, missing = normal_scores(), {"genuine": "skilled", "skilled": "genuine"}[kind]
    with pytest.raises(
        ValueError, match=rf"no scores of kind \"{missing}\"; there are \['{kind}'\]"
    ):
        evaluation.evaluate(scores_table[scores_table["kind"] == kind])


@pytest.mark.parametrize(
    "useless", [pd.DataFrame(), pd.DataFrame({"score": [0.1], "kind": ["genuine"]})]
)
def test_a_table_that_no_test_wrote_is_refused(useless, normal_scores):
    with pytest.raises(ValueError, match=r"scores_table: lacks .*references, .*writer"):
        evaluation.evaluate(useless)
    with pytest.raises(ValueError, match="lacks rows"):
        evaluation.evaluate(normal_scores().iloc[:0])


@pytest.mark.parametrize(
    ("fewer", "genuine", "forged"), [("genuine", 70, 140), ("skilled", 140, 70)]
)
def test_zero_errors_are_printed_as_what_so_few_scores_leave_possible(
    fewer, genuine, forged, two_splits
):
    apart = two_splits.assign(score=two_splits["score"] + 20 * (two_splits["kind"] == "genuine"))
    readable = evaluation.evaluate(
        apart[(apart["kind"] != fewer) | (apart.index % 2 == 0)]
    ).readable()["skilled"]
    bound = {count: f"≤ {300 / count:.1f} % (0 of {count}, if independent)" for count in (70, 140)}
    assert readable["FRR at FAR 10 %"] == readable["FRR at threshold"] == bound[genuine]
    assert readable["FAR at threshold"] == bound[forged]
    assert (
        readable["EER"]
        == readable["EER on the convex hull"]
        == bound[70]
        == "≤ 4.3 % (0 of 70, if independent)"
    )
    assert readable["minimal Cllr"] == "0.000"


def test_likelihood_ratios_are_calibrated_on_validation_writers_and_judged_on_test_writers(
    two_splits,
):
    validation = two_splits[two_splits["split"] == "validation"]
    test = two_splits[two_splits["split"] == "test"]
    table = evaluation.evaluate(two_splits).table
    for number, kind in enumerate(["skilled", "random"]):
        scores, labels = evaluation.scores_and_labels(test, kind)
        calibration = evaluation.calibrate(*evaluation.scores_and_labels(validation, kind))
        cost = evaluation.cllr(calibration.log_likelihood_ratios(scores), labels)
        least = evaluation.minimal_cllr(scores, labels)
        found = table.loc[number, ["Cllr", "minimal Cllr", "calibration loss"]].tolist()
        assert found == pytest.approx([cost, least, cost - least])


def test_without_validation_writers_there_is_neither_a_threshold_nor_a_calibration(normal_scores):
    report = evaluation.evaluate(normal_scores())
    assert "no threshold was set" in str(report.protocol)
    assert not {"FAR at threshold", "Cllr"} & set(report.table.columns)


def test_user_thresholds_a_posteriori_flatter_and_say_so(normal_scores):
    before, now = (
        normal_scores(writers=100, genuine=4, forged=4, of_writer=0, seed=seed) for seed in (1, 2)
    )
    report = evaluation.evaluate(now, scope="user", origin="a-posteriori")
    seen, unseen = report.table.loc[0, ["FAR at threshold", "FRR at threshold"]].mean(), []
    for writer, earlier in before.groupby("writer"):
        threshold = evaluation.equal_error_threshold(*evaluation.scores_and_labels(earlier))
        later = evaluation.scores_and_labels(now[now["writer"] == writer])
        unseen.append(np.mean(evaluation.rates_at(*later, threshold)))
    assert seen < np.mean(unseen) - 0.02
    assert report.threshold is None and report.protocol.judges == 100
    assert (
        "a threshold for each writer, a posteriori: from the scores it then judges, so optim"
        in report.caption
    )


@pytest.mark.parametrize("count", [2, 5, 10])
def test_the_best_threshold_of_each_writer_makes_random_numbers_look_good(count):
    """A verifier that rolls dice errs in half of all cases, whatever threshold is chosen before."""
    rng, labels = (
        np.random.default_rng(count),
        np.repeat([evaluation.SAME, evaluation.DIFFERENT], count),
    )
    equal_costs, flattering, fair = evaluation.Costs(1, 1, 0.5), [], []
    for dice, again in rng.normal(size=(400, 2, 2 * count)):
        threshold, errors = evaluation.cheapest_threshold(dice, labels, equal_costs)
        flattering.append(errors)
        fair.append(np.mean(evaluation.rates_at(again, labels, threshold)))
    assert np.mean(flattering) < 0.4
    assert np.mean(fair) == pytest.approx(0.5, abs=0.03)


def test_user_thresholds_judge_each_writer_by_a_threshold_of_their_own(normal_scores):
    scores_table = normal_scores(writers=8).sample(frac=1, random_state=0)
    row = evaluation.evaluate(scores_table, scope="user", origin="a-posteriori").table.loc[0]
    rejected, accepted = [], []
    for writer in set(scores_table["writer"]):
        own = scores_table[scores_table["writer"] == writer]
        threshold = evaluation.equal_error_threshold(*evaluation.scores_and_labels(own))
        rejected += list(own["score"][own["kind"] == "genuine"] < threshold)
        accepted += list(own["score"][own["kind"] == "skilled"] >= threshold)
    expected = sum(accepted) / len(accepted), sum(rejected) / len(rejected)
    assert (row["FAR at threshold"], row["FRR at threshold"]) == pytest.approx(expected)


def test_a_global_threshold_a_posteriori_is_found_on_the_scores_it_judges_and_says_so(
    two_splits, normal_scores
):
    scores_table = normal_scores()
    report = evaluation.evaluate(scores_table, origin="a-posteriori")
    assert report.threshold == evaluation.equal_error_threshold(
        *evaluation.scores_and_labels(scores_table)
    )
    assert (
        "optimistic" in report.caption and report.protocol.judges == report.protocol.writers == 12
    )
    test = two_splits[two_splits["split"] == "test"]
    report = evaluation.evaluate(two_splits, origin="a-posteriori")
    assert report.threshold == evaluation.equal_error_threshold(*evaluation.scores_and_labels(test))


def test_thresholds_that_cannot_be_had_are_refused_with_the_reason(two_splits, normal_scores):
    with pytest.raises(
        ValueError, match="no validation writers; a threshold a priori is found on others' scores"
    ):
        evaluation.evaluate(normal_scores(), origin="a-priori")
    known = (
        "there are global, a-priori; global, a-posteriori; user, a-posteriori; "
        'a priori, see the fusion "normalised"'
    )
    for table, asked, named in (
        (two_splits, {"scope": "user"}, 'scope "user", origin "a-priori"'),
        (
            normal_scores(),
            {"scope": "user", "origin": "a-priori"},
            'scope "user", origin "a-priori"',
        ),
        (normal_scores(), {"scope": "user"}, 'scope "user", origin "None"'),
        (two_splits, {"scope": "writer"}, 'scope "writer", origin "a-priori"'),
        (two_splits, {"origin": "posterior"}, 'scope "global", origin "posterior"'),
    ):
        with pytest.raises(ValueError, match=f"{named}: {known}"):
            evaluation.evaluate(table, **asked)


def test_a_report_cannot_be_changed(normal_scores):
    report = evaluation.evaluate(normal_scores())
    with pytest.raises(dataclasses.FrozenInstanceError):
        report.protocol = "a kinder one"


def test_mixed_tables_are_refused(normal_scores):
    scores_table = normal_scores()
    half = scores_table.index % 2
    with pytest.raises(ValueError, match="several values of references"):
        evaluation.evaluate(scores_table.assign(references=half))
    with pytest.raises(ValueError, match="several values of model"):
        evaluation.evaluate(scores_table.assign(model=half))
    for names in (["test", "train"], ["train", "validation"], ["here", "there"]):
        split = np.where(half, *names)
        with pytest.raises(ValueError, match=f"splits {', '.join(names)}; give one of them"):
            evaluation.evaluate(scores_table.assign(split=split))


def test_the_page_holds_report_and_figures_and_asks_no_other_host(two_splits):
    report = evaluation.evaluate(two_splits)
    html_page = page(report, [(b"one", "EER 10 %"), (b"two", "Cllr 0.5")], "a verifier")
    assert report._repr_html_() in html_page
    pictures = re.findall(r'<img alt="([^"]+)" src="data:image/png;base64,([^"]+)">', html_page)
    assert [(text, base64.b64decode(picture)) for text, picture in pictures] == [
        ("EER 10 %", b"one"),
        ("Cllr 0.5", b"two"),
    ]
    assert not re.search(r'(src|href)="(?!data:)|@import|url\(|https?:', html_page)


def test_names_from_outside_do_not_become_markup(two_splits):
    report = evaluation.evaluate(two_splits.assign(model="<script>"))
    html_page = page(report, [(b"", 'a "figure" & 1')], "<script> on $papers & more")
    assert "<script>" not in html_page
    assert 'alt="a &quot;figure&quot; &amp; 1"' in html_page
    assert "<h1>&lt;script&gt; on $papers &amp; more</h1>" in html_page


def test_evaluation_never_imports_tensorflow_or_keras():
    code = (
        "import sys, deepsign_helpers.evaluation; print({'tensorflow', 'keras'} & set(sys.modules))"
    )
    assert (
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        ).stdout
        == "set()\n"
    )
