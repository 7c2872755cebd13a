"""The verbs `map` and `equilibria`, from the command line to the tables, in a size that a test can afford."""

import json
import shutil
from contextlib import redirect_stdout
from io import StringIO

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

from standoff.experiments.cli import main
from standoff.experiments.games.game import regrets
from standoff.experiments.games.nfg import read_nfg
from standoff.experiments.maps import asked, mapping
from standoff.experiments.maps import tables as map_tables
from standoff.experiments.maps.reduced import reduced_table
from standoff.experiments.maps.tables import quarter_regimes, residence, start_distance
from standoff.experiments.plots.shares import distance
from standoff.model.outcomes import TRACKS
from standoff.world.parameters import Params
from standoff.world.regimes import Regime

SMALL = ["--profile-runs", "16", "--deviations", "2", "--developers", "0", "--format", "json"]
MAP = ["map", "--vary", "us_lead_value=10,60", "--months", "36", "--runs", "8", *SMALL]
POINT = ["equilibria", "--players", "us,beijing", "--months", "24", *SMALL]


def little(settings):
    """Return a reduced table that costs little."""
    return reduced_table(settings, high=4.0, seeds=2)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Name the folder of a map of two points."""
    return tmp_path_factory.mktemp("map") / "map"


@pytest.fixture(scope="module")
def said(folder):
    """Make the map and return what it said."""
    with redirect_stdout(StringIO()) as out, pytest.MonkeyPatch.context() as patch:
        patch.setattr(map_tables, "STATES", 4)
        patch.setattr(asked, "reduced_table", little)
        assert main([*MAP, "--out", str(folder)]) == 0
    return json.loads(out.getvalue())


@pytest.fixture(scope="module")
def tables(folder, said):
    return {path.stem: pd.read_parquet(path) for path in folder.glob("*.parquet")} | {"said": said}


def test_every_point_has_its_equilibria_with_regret_and_status(tables):
    found = tables["equilibria"]

    assert set(found["point"]) == {0, 1}
    assert set(found["status"]) <= {"certified", "undecided", "refuted"}
    for player in ("us", "beijing"):
        assert (found[f"{player}_regret_low"] <= found[f"{player}_regret_high"]).all()
        assert (found[f"{player}_regret"] <= found[f"{player}_regret_high"] + 1e-12).all()
        assert (found[f"{player}_tolerance"] > 0.0).all()
        certified = found[found["status"] == "certified"]
        assert (certified[f"{player}_regret_high"] <= certified[f"{player}_tolerance"]).all()
        chances = found[[f"{player}_{name}" for name in tables["payoffs"][player].unique()]]
        np.testing.assert_allclose(chances.sum(axis=1), 1.0, atol=1e-9)
    shares = found[[f"{regime.name.lower()}_share" for regime in Regime]]
    np.testing.assert_allclose(shares.sum(axis=1), 1.0, atol=1e-9)


def test_the_payoffs_are_those_of_the_runs(folder, tables):
    """The mean of the kept runs, pandas alone; all profiles have the same runs here, so nothing is adjusted."""
    first = pd.read_parquet(folder / "games" / "part-00000.parquet").groupby("profile").mean()
    payoffs = tables["payoffs"].query("point == 0")

    assert (payoffs["runs"] == 16).all()
    np.testing.assert_allclose(payoffs["us_payoff"], first["payoff_0"], rtol=1e-12)
    np.testing.assert_allclose(payoffs["beijing_payoff"], first["payoff_1"], rtol=1e-12)


def test_every_point_and_start_has_its_regimes(tables):
    regimes = tables["regimes"]

    assert list(zip(regimes["point"], regimes["start"], strict=True)) == [
        (p, s) for p in range(2) for s in ("calm", "hot")
    ]
    assert (regimes["tv_low"] <= regimes["tv_high"]).all()
    assert regimes.groupby("point")["tv_distance"].nunique().eq(1).all()
    assert set(tables["transitions"]["from"]) <= {regime.name.lower() for regime in Regime}


def test_what_was_said_is_what_the_tables_hold(tables):
    said, found = tables["said"], tables["equilibria"].query("kind != 'logit'")

    assert said["points"] == 2
    assert said["equilibria"] == {s: int((found["status"] == s).sum()) for s in ("certified", "undecided", "refuted")}
    assert said["runs"] == 2 * 20 * 16
    assert said["saved"] == 0.0
    assert len(said["figures"]) >= 3


def test_an_interrupted_map_goes_on_to_the_same_tables(folder, tables, tmp_path, monkeypatch, capsys):
    """Half of the parts are lost, and one is damaged."""
    again = tmp_path / "again"
    shutil.copytree(folder, again)
    parts = sorted((again / "games").glob("*.parquet"))
    for part in parts[::2]:
        part.unlink()
    parts[1].write_bytes(parts[1].read_bytes()[:-1])
    for search in (again / "searches").glob("*.parquet"):
        search.unlink()
    monkeypatch.setattr(map_tables, "STATES", 4)
    monkeypatch.setattr(asked, "reduced_table", lambda _: tables["reduced"])  # neither is kept in parts
    monkeypatch.setattr(asked, "drawn", lambda _: [])
    played = []
    real = mapping.in_threads
    monkeypatch.setattr(
        mapping, "in_threads", lambda *args: lambda wanted: played.append(wanted) or real(*args)(wanted)
    )

    assert main([*MAP, "--out", str(again)]) == 0
    capsys.readouterr()
    assert len(played) == len(parts[::2]) + 1
    for name in ("equilibria", "payoffs", "regimes", "transitions", "stages"):
        pd.testing.assert_frame_equal(pd.read_parquet(again / f"{name}.parquet"), tables[name])


def test_another_recipe_is_refused(folder, said, capsys):
    assert said["points"] == 2
    assert main([*MAP, "--tolerance", "0.02", "--out", str(folder)]) == 2
    assert "another recipe (tolerance: 0.02, not 0.01)" in capsys.readouterr().err


def test_a_saved_game_has_the_regrets_that_were_reported(tmp_path, capsys):
    saved = tmp_path / "game.nfg"
    assert main([*POINT, "--save", str(saved), "--out", str(tmp_path / "point")]) == 0
    document = json.loads(capsys.readouterr().out)
    game = read_nfg(saved)

    assert game.players == ("us", "beijing")
    np.testing.assert_array_equal(np.array(document["matrix"]), game.payoffs)
    profiles = [
        tuple(
            np.array([own["profile"].get(name, 0.0) for name in names])
            for own, names in zip(found["players"].values(), game.strategies, strict=True)
        )
        for found in document["profiles"]
    ]
    # What was found at the last look is an equilibrium of the saved table; earlier ones need not be.
    assert min(regrets(game.payoffs, profile).max() for profile in profiles) < 1e-9 * np.ptp(game.payoffs)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("map", "needs one or two --vary"),
        ("map --vary us_lead_value=10,20 --vary us_rare_earth_loss=5,6 --vary us_retaliation=1,2", "one or two --vary"),
        ("map --vary us_led_value=1,2", "did you mean us_lead_value"),
        ("map --vary us_lead_value=10,20 --tolerance 0", "tolerance: '0' is not a share"),
        ("map --vary us_lead_value=10,20 --tolerance x", "tolerance"),
        ("map --vary us_lead_value=10,20 --profile-runs 0", "profile-runs: '0'"),
        ("equilibria --players us,beijing --profile-runs 1", "profile-runs: '1'"),
        ("equilibria --players us,beijing --save nowhere/game.nfg", "there is no folder 'nowhere'"),
        ("map --vary us_lead_value=10,20 --deviations 3", "deviations: '3' is not allowed"),
        ("map --vary us_lead_value=10,20 --scenario nowhere", "nowhere"),
        ("equilibria --players us", "needs two"),
        ("equilibria --players us,bejing", "did you mean beijing"),
        ("equilibria --vary us_lead_value=1,2", "unknown option '--vary'"),
    ],
)
def test_bad_input_is_one_line_and_leaves_nothing(words, says, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)

    assert main(words.split()) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert says in err
    assert err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


# The pieces of the regime map


def test_a_quarter_is_classed_by_the_window_before_it():
    """By hand: ten calm quarters, then ten hot ones: the window is calm, passes through, is hot."""
    tracks = np.zeros((1, 20, len(TRACKS)), np.float32)
    tracks[..., TRACKS.index("cuda_share")] = 0.8
    hot = slice(10, 20)
    for name in ("us_hostility", "beijing_hostility", "chip_control", "rare_earth_restriction"):
        tracks[0, hot, TRACKS.index(name)] = 1.0
    path = quarter_regimes(tracks, Params())[0]

    assert len(path) == 11
    assert path[0] == Regime.MANAGED_DEPENDENCE
    assert path[-1] == Regime.ESCALATION


def test_deals_before_the_window_do_not_count():
    tracks = np.zeros((1, 20, len(TRACKS)), np.float32)
    tracks[..., TRACKS.index("cuda_share")] = 0.8
    tracks[0, 3:, TRACKS.index("deals")] = 5.0
    path = quarter_regimes(tracks, Params())[0].tolist()

    assert path[0] == Regime.DEAL_CYCLE
    assert path[-1] == Regime.MANAGED_DEPENDENCE


def test_residence_is_time_spent_by_times_left():
    """Ten quarters in escalation, two ways out: fifteen months each."""
    rows = [("escalation", "escalation", 8), ("escalation", "deal_cycle", 2), ("deal_cycle", "deal_cycle", 3)]
    table = pd.DataFrame([(0, "calm", *row) for row in rows], columns=["point", "start", "from", "to", "count"])

    assert residence(table) == {(0, "calm", "escalation"): 15.0, (0, "calm", "deal_cycle"): np.inf}


def test_starts_that_agree_are_not_apart_and_starts_that_differ_are():
    rng = np.random.default_rng(1)
    pairs = [[rng.multinomial(64, [0.5, 0.3, 0.2]) for _ in range(2)] for _ in range(100)]
    same = [start_distance(pair) for pair in pairs]
    apart = start_distance([np.array([60, 4, 0]), np.array([4, 60, 0])])

    assert sum(low > 0.0 for _, low, _ in same) <= binom.ppf(0.999, 100, 0.05)
    assert np.mean([found for found, _, _ in same]) < 0.7 * np.mean([distance(*pair) for pair in pairs])
    assert apart[1] > 0.7
    assert apart[1] <= apart[0] <= apart[2]
