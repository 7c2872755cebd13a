"""The picture of the mechanisms shows each finding once, where and as it is."""

import pytest
from matplotlib.colors import to_hex
from matplotlib.image import imread
from PIL import Image

from standoff.experiments.cli import main
from standoff.experiments.mechanisms.claims import claims
from standoff.experiments.plots.look import look
from standoff.experiments.plots.mechanisms import draw_mechanisms, mechanisms_figure, rows_of, squeezed
from standoff.world.checks import BadInput

from .test_plots import faults

VERDICTS = {"holds": True, "does not hold": False, "undecided": None}
# First and last number of each family of the record
RECORD = {
    "Doctrine and control design": (1, 24),
    "Bargaining, linkage and signalling": (25, 57),
    "Rare-earth dependence and coercion": (58, 64),
    "Firms and lobbying": (65, 80),
    "Chinese self-reliance and domestic steering": (81, 101),
    "Evasion and leakage": (102, 109),
    "Allies and third markets": (110, 118),
    "US domestic politics": (119, 123),
    "Compute and AI capability": (124, 130),
    "Beliefs and information": (131, 134),
    "Other assumptions": (135, 137),
}


def finding(name, verdict="holds", size=0.3, sd=0.6, share=None):
    """Return a finding whose effect has this size and goes the way that the verdict says."""
    claim = claims()[name]
    half = 2 * size if verdict == "undecided" else size / 2
    effect = size if (verdict != "does not hold") == claim.rises else -size
    return {
        "id": name, "title": claim.title, "use": claim.use, "kind": claim.kind, "effect": effect,
        "low": effect - half, "high": effect + half, "base": 1.0, "sd": sd, "runs": 1024,
        "holds": VERDICTS[verdict], "verdict": verdict, "robust_share": share,
    }  # fmt: skip


def all_findings(share=None):
    """Return a finding of every claim, verdicts in turn, last claims first."""
    verdicts = list(VERDICTS)
    return [finding(name, verdicts[k % 3], share=share) for k, name in enumerate(claims())][::-1]


def figure_of(findings, recipe=None):
    with look():
        return mechanisms_figure(findings, recipe or {})


def markers(figure):
    """Return the markers of a figure by mechanism; there is one for each."""
    drawn = [line for ax in figure.axes for line in ax.lines if line.get_gid()]
    assert len({line.get_gid() for line in drawn}) == len(drawn)
    return {line.get_gid(): line for line in drawn}


def test_every_finding_is_a_row_in_the_look_of_its_verdict():
    found = all_findings()
    drawn = markers(figure_of(found))

    assert set(drawn) == {row["id"] for row in found}
    looks = {
        verdict: {
            (to_hex(drawn[row["id"]].get_color()), drawn[row["id"]].get_marker())
            for row in found if row["verdict"] == verdict
        }
        for verdict in VERDICTS
    }  # fmt: skip
    assert all(len(own) == 1 for own in looks.values())
    colours, shapes = zip(*(own.pop() for own in looks.values()), strict=True)
    assert len(set(colours)) == len(set(shapes)) == 3
    hollow = {name for name, line in drawn.items() if to_hex(line.get_markerfacecolor()) == "#ffffff"}
    assert hollow == {name for name, claim in claims().items() if claim.kind == "emergent"}


def test_rows_stand_in_the_families_and_the_order_of_the_record():
    rows = rows_of(all_findings())

    assert [row.id for row in rows] == sorted(claims(), key=lambda name: int(name[1:]))
    for row in rows:
        first, last = RECORD[row.family]
        assert first <= int(row.id[1:]) <= last


def test_the_right_is_as_claimed_whichever_way_the_claim_goes():
    rising, falling = finding("M28"), finding("M53")  # deeper cut-offs, fewer controls
    assert rising["effect"] > 0 > falling["effect"]

    for row in rows_of([rising, falling]):  # .3 +- .15 over .6
        assert (row.effect, row.low, row.high) == pytest.approx((0.5, 0.25, 0.75))
    for row in rows_of([finding("M28", "does not hold"), finding("M53", "does not hold")]):
        assert (row.effect, row.low, row.high) == pytest.approx((-0.5, -0.75, -0.25))
    for row in rows_of([finding("M28", "undecided"), finding("M53", "undecided")]):
        assert row.low < 0 < row.effect < row.high
    drawn = markers(figure_of([rising, finding("M29", "does not hold"), falling]))
    assert drawn["M28"].get_xdata() == drawn["M53"].get_xdata() > 0 > drawn["M29"].get_xdata()


def test_units_do_not_matter():
    own = finding("M53")
    other = own | {key: 1024 * own[key] for key in ("effect", "low", "high", "sd", "base")}  # exact

    assert rows_of([other]) == rows_of([own])


def test_an_effect_without_spread_stands_at_the_edge():
    sure, none = finding("M28", sd=0.0), finding("M29", "undecided", size=0.0, sd=0.0)
    drawn = markers(figure_of([sure, none]))

    assert drawn["M28"].get_xdata() == [1.0]
    assert drawn["M29"].get_xdata() == [0.0]


def test_the_axis_keeps_order_and_sign():
    effects = [-1e9, -3.0, -0.5, -0.01, 0.0, 0.01, 0.2, 0.5, 2.0, 1e9]
    places = [squeezed(effect) for effect in effects]

    assert places == sorted(set(places))
    assert [-squeezed(-effect) for effect in effects] == places
    assert all(-1 <= at <= 1 for at in places)


def test_robust_shares_have_a_panel_with_their_median():
    figure = figure_of([finding("M28", share=0.9), finding("M29", share=0.6), finding("M53", share=0.7)])
    _, shares = figure.axes
    bars = {bar.get_gid(): bar.get_width() for bar in shares.patches}

    assert bars == {"M28": 0.9, "M29": 0.6, "M53": 0.7}
    lines = {round(float(path.vertices[0, 0]), 3) for group in shares.collections for path in group.get_paths()}
    assert lines == {0.0, 0.7, 1.0}
    assert any("their median, 70 %" in text.get_text().replace("\n", " ") for text in figure.texts)
    assert len(figure_of([finding("M28"), finding("M29")]).axes) == 1


def test_a_row_without_a_share_has_no_bar():
    _, shares = figure_of([finding("M28", share=0.9), finding("M29")]).axes

    assert [bar.get_gid() for bar in shares.patches] == ["M28"]


def test_the_headline_counts_verdicts():
    found = [finding("M28"), finding("M29"), finding("M53", "does not hold"), finding("M30", "undecided")]

    def headline(some):
        return figure_of(some).texts[0].get_text()

    assert headline(found) == "2 of 4 claimed mechanisms borne out, 1 contradicted, 1 undecided"
    assert headline(found[:2]) == "2 of 2 claimed mechanisms borne out"


@pytest.mark.parametrize("share", [None, 0.85])
@pytest.mark.parametrize("names", [list(claims()), ["M29"], list(claims())[:40]], ids=["all", "one", "some"])
def test_every_text_has_its_place(names, share):
    recipe = {"scenario": "july-2025", "seed": 1, "law_digest": "0123456789abcdef"}
    found = [row for row in all_findings(share) if row["id"] in names]
    found[0] |= finding(found[0]["id"], "does not hold", size=9.0, share=share)  # far to the left
    figure = figure_of(found, recipe)

    assert faults(figure) == []
    texts = {text.get_text() for text in figure.texts}
    assert set(names) <= texts
    assert any("july-2025" in text and "0123456789abcdef" in text for text in texts)


def test_the_file_holds_nothing_of_the_machine_or_the_hour(tmp_path):
    paths = [draw_mechanisms([finding("M28", share=0.5), finding("M53")], tmp_path / name) for name in ("one", "other")]

    assert [path.name for path in paths] == ["mechanisms.png"] * 2
    assert paths[0].read_bytes() == paths[1].read_bytes()
    assert imread(paths[0]).std() > 0
    with Image.open(paths[0]) as image:
        assert not image.text


def test_nothing_to_draw_and_unknown_mechanisms_are_refused(tmp_path):
    with pytest.raises(BadInput, match="no finding"):
        draw_mechanisms([], tmp_path)
    with pytest.raises(BadInput, match="mechanism"):
        draw_mechanisms([finding("M29") | {"id": "M04"}], tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_plot_draws_a_folder_of_findings_again_or_says_what_is_wrong_with_it(tmp_path, capsys):
    assert main(["mechanisms", "M29", "--runs", "2", "--out", str(tmp_path)]) == 0
    (tmp_path / "mechanisms.png").unlink()

    assert main(["plot", str(tmp_path)]) == 0
    assert (tmp_path / "mechanisms.png").exists()

    for damaged in ("[{", "[1]", "{}"):
        (tmp_path / "findings.json").write_text(damaged)
        assert main(["plot", str(tmp_path)]) == 2
        assert "run `standoff mechanisms` again" in capsys.readouterr().err
