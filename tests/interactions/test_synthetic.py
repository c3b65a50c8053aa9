import numpy as np
import pandas as pd
import pytest

from raie.exceptions import RefusedError, UsageError
from raie.interactions.parquetfiles import read_interactions
from raie.interactions.prepare import prepare
from raie.interactions.synthetic import synthesize
from raie.interactions.synthetic.titles import title_items
from raie.interactions.table import day_of
from raie.params import Columns, DataParams, SyntheticParams

SMALL = SyntheticParams(n_users=120, events_per_user=12, setup_days=10, events_per_night=300)


@pytest.fixture(scope="module")
def population():
    return synthesize(SyntheticParams(), 0)


@pytest.fixture(scope="module")
def told(population):
    """Interactions with the day, the planted taste of the item and of the user."""
    table = population.interactions.merge(population.truth.items, on="item_id", how="left")
    table = table.merge(population.truth.users, on="user_id", how="left", suffixes=("_item", "_user"))
    return table.assign(day=day_of(table["timestamp"].to_numpy()))


def night_of(population, kind):
    return population.truth.nights.query("kind == @kind")["night"].tolist()


def test_equal_seeds_give_equal_populations():
    first, again, other = (synthesize(SMALL, seed) for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(first.interactions, again.interactions)
    pd.testing.assert_frame_equal(first.truth.affected, again.truth.affected)
    assert not first.interactions.equals(other.interactions)


def test_population_is_well_formed(population):
    table = population.interactions
    assert table["timestamp"].is_monotonic_increasing
    assert not table.duplicated(["user_id", "timestamp"]).any()
    assert set(day_of(table["timestamp"].to_numpy())) >= set(population.nights)
    assert set(table["user_id"]) <= set(population.truth.users["user_id"])
    assert set(table["item_id"]) <= set(population.truth.items["item_id"])
    assert table["rating"].dropna().between(1, 5).all()
    assert 0 < table["rating"].isna().mean() < 0.1
    assert population.setup_end == population.nights[0]


def test_titles_say_which_taste_was_planted(population):
    items = population.truth.items
    titled = title_items(items)
    assert titled["item_id"].tolist() == items["item_id"].tolist()
    assert titled["title"].is_unique
    assert titled["title"].iloc[2] == "Drama 3"
    # one genre for each taste and niche, and of no other
    pairs = set(zip(items["taste"], titled["genres"], strict=True))
    assert len(pairs) == items["taste"].nunique() == titled["genres"].nunique()


def test_tastes_beyond_the_named_ones_are_numbered():
    tastes = [f"t{number}" for number in range(1, 25)]
    items = pd.DataFrame({"item_id": tastes, "taste": tastes})
    titled = title_items(items)
    assert titled["genres"].is_unique and titled["title"].is_unique
    assert titled["title"].iloc[10] == "Drama no. 2 1"


def test_nobody_and_nothing_appears_before_its_first_day(told):
    assert (told["day"] >= told["joined"]).all()
    assert (told["day"] >= told["introduced"]).all()


def test_seven_nights_hold_each_kind_and_active_users_are_active_enough(population, told):
    assert set(population.truth.nights["kind"]) == {"none", "small", "moderate", "emerging"}
    nights = told[told["day"] >= population.setup_end]
    sizes = nights.groupby("day").size()
    assert sizes.between(1400, 1520).all()
    assert nights.groupby(["day", "user_id"]).size().min() >= 4
    new_users = nights[nights["joined"] == nights["day"]].groupby("day")["user_id"].nunique()
    new_items = nights[nights["introduced"] == nights["day"]].groupby("day")["item_id"].nunique()
    assert set(new_users.index) == set(new_items.index) == set(population.nights)


def test_setup_users_are_loyal_and_a_sequence_tells_more_than_popularity(population, told):
    setup = told[told["day"] < population.setup_end].copy()
    assert (setup["taste_item"] == setup["taste_user"]).mean() > 0.9
    popular = setup["item_id"].value_counts().index[:10]
    setup["before"] = setup.groupby("user_id")["item_id"].shift()
    late = setup[setup["day"] >= "2024-02-20"].dropna(subset=["before"])
    early = setup[setup["day"] < "2024-02-20"].dropna(subset=["before"])
    followers = early.groupby("before")["item_id"].agg(lambda items: set(items.value_counts().index[:10]))
    hits = [
        item in followers.get(before, ())
        for before, item in zip(late["before"], late["item_id"], strict=True)
    ]
    assert np.mean(hits) > 4 * late["item_id"].isin(popular).mean()


def test_small_drift_tilts_popularity_within_a_taste(population, told):
    night = night_of(population, "small")[0]
    taste = population.truth.nights.set_index("night").loc[night, "tastes"]
    known = told["introduced"] < population.setup_end
    inside = told[known & (told["taste_item"] == taste)]
    before = inside.loc[inside["day"] < population.setup_end, "item_id"].value_counts(normalize=True)
    after = inside.loc[inside["day"] >= night, "item_id"].value_counts(normalize=True)
    others = told[known & (told["taste_item"] == ("t1" if taste != "t1" else "t2"))]
    still = others.loc[others["day"] < population.setup_end, "item_id"].value_counts(normalize=True)
    later = others.loc[others["day"] >= night, "item_id"].value_counts(normalize=True)
    assert before.corr(after.reindex(before.index, fill_value=0)) < 0.8
    assert still.corr(later.reindex(still.index, fill_value=0)) > 0.8


def test_moderate_drift_blends_the_neighbour_nearer_to_their_own(population, told):
    night = night_of(population, "moderate")[0]
    own, neighbour = population.truth.nights.set_index("night").loc[night, "tastes"].split("+")
    users = population.truth.affected.query("night == @night")["user_id"]
    lately = told[(told["day"] <= night) & told["user_id"].isin(users)].groupby("user_id").tail(20)
    share = lately["taste_item"].value_counts(normalize=True)
    assert 0.2 < share[neighbour] < 0.45 < share[own] < 0.75
    before = told[(told["day"] < night) & told["user_id"].isin(users)]["taste_item"]
    assert (before == neighbour).mean() < 0.1


def test_an_emerging_preference_was_tiny_and_persists(population, told):
    nights = night_of(population, "emerging")
    assert len(nights) == 2
    share = (told["taste_item"] == "n1").groupby(told["day"]).mean()
    assert 0 < (told.loc[told["day"] < nights[0], "taste_item"] == "n1").mean() < 0.05
    assert (share[nights] > 0.25).all()
    assert (share[[day for day in population.nights if day > nights[-1]]] > 0.04).all()
    fresh = told[(told["day"] == nights[0]) & (told["taste_item"] == "n1")]
    assert (fresh["introduced"] == nights[0]).any()
    roles = population.truth.affected.query("night in @nights")["role"]
    assert set(roles) == {"follower", "convert", "new"}


def test_the_truth_counts_what_affected_users_did(population, told):
    for row in population.truth.nights.itertuples():
        users = population.truth.affected.query("night == @row.night")["user_id"]
        events = told[told["day"] == row.night]
        assert len(users) == row.users
        assert events["user_id"].isin(users).mean() == pytest.approx(row.share)


def test_a_stationary_control_and_small_sizes_can_be_asked_for():
    params = SyntheticParams(
        n_users=20, events_per_user=5, setup_days=2, events_per_night=10, n_nights=10, drift_cycle=("none",)
    )
    calm = synthesize(params, 0)
    assert set(calm.truth.nights["kind"]) == {"none"}
    assert not len(calm.truth.affected)
    assert not calm.truth.items["taste"].str.startswith("n").any()


def prepared(out, data=None, **kwargs):
    settings = {"seed": 0, "genesis_until": None, "setup_quantile": 0.5, **kwargs}
    return prepare(data or DataParams(), SMALL, out=out, **settings)


def test_preparing_the_population_writes_genesis_and_a_drop_per_night(tmp_path):
    done = prepared(tmp_path / "a")
    population = synthesize(SMALL, 0)
    assert done.cut == population.setup_end
    assert list(done.days) == population.nights
    drops = [read_interactions(done.genesis)]
    drops += [read_interactions(tmp_path / "a" / f"{day}.parquet") for day in done.days]
    pd.testing.assert_frame_equal(pd.concat(drops, ignore_index=True), population.interactions)
    assert done.n_genesis + done.n_later == len(population.interactions)
    prepared(tmp_path / "b")
    for file in sorted((tmp_path / "a").iterdir()):
        assert file.read_bytes() == (tmp_path / "b" / file.name).read_bytes()


def test_preparing_a_table(tmp_path):
    lines = [f"u{k}\ti{k}\t{day * 86_400}\n" for k, day in enumerate([3, 0, 1, 1, 5])]
    source = tmp_path / "t.tsv"
    source.write_text("".join(lines))
    data = DataParams(
        source="table",
        path=str(source),
        header=False,
        columns=Columns(user_id=0, item_id=1, timestamp=2),
    )
    done = prepared(tmp_path / "out", data, setup_quantile=0.7)
    assert (done.cut, done.days) == ("1970-01-03", ("1970-01-04", "1970-01-06"))
    assert read_interactions(done.genesis)["user_id"].tolist() == ["u1", "u2", "u3"]
    dated = prepared(tmp_path / "dated", data, genesis_until="1970-01-02")
    assert (dated.n_genesis, dated.n_later) == (1, 4)
    with pytest.raises(RefusedError, match="no interaction lies before 1970-01-01"):
        prepared(tmp_path / "x", data, genesis_until="1970-01-01")
    with pytest.raises(UsageError, match="'never' is not a date"):
        prepared(tmp_path / "x", data, genesis_until="never")
    source.write_text("".join(lines) + "u\ti\tlate\n")
    with pytest.raises(RefusedError, match=r"t\.tsv, line 6, timestamp: 'late' is not a number"):
        prepared(tmp_path / "x", data)
