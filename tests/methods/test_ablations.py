"""Variants of a method, told by their names."""

import pytest

from raie.exceptions import UsageError
from raie.methods.ablations import ABLATIONS
from raie.methods.registry import METHODS, method_named, methods_named


def test_a_variant_differs_in_what_it_says_and_in_nothing_else():
    plain, found = METHODS["raie"], method_named("raie@n_regions=3@own_pace=1")
    assert found.name == "raie@n_regions=3@own_pace=1"
    assert (found.learn, found.evolves) == (plain.learn, plain.evolves)
    chosen = {**plain.grid[1], "n_regions": 5}
    assert found.settings(chosen) == {**chosen, "n_regions": 3, "own_pace": 1.0}


def test_a_variant_is_tuned_as_what_it_varies():
    assert method_named("raie@item_rate=0").tuned_as == METHODS["raie"].tuned_as == "raie"
    assert method_named("raie-one-region@habits=0").tuned_as == "raie-one-region"


@pytest.mark.parametrize("name", ABLATIONS)
def test_every_ablation_changes_something(name):
    assert method_named(name).settings() != METHODS["raie"].settings()


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("raie@n_region=3", "raie has no setting 'n_region': it has n_regions"),
        ("raie@", "raie has no setting ''"),
        ("raie@n_regions", "n_regions takes a whole number, not ''"),
        ("raie@n_regions=3.5", "n_regions takes a whole number, not '3.5'"),
        ("raie@own_pace=nan", "own_pace takes a number, not 'nan'"),
        ("raie@own_pace=../x", "own_pace takes a number, not '../x'"),
        ("../raie@own_pace=1", "no method '../raie'"),
    ],
)
def test_a_name_is_not_trusted(name, message):
    with pytest.raises(UsageError, match=message):
        method_named(name)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("raie@n_regions=0", "n_regions = 0: Input should be greater than or equal to 1"),
        ("raie@replay_share=1", "replay_share = 1.0: Input should be less than 1"),
        ("raie@memory=2", "memory = 2: Input should be a valid boolean"),
        ("raie@own_rank=0@shared_rank=0", "shared_rank and own_rank are both 0: nobody has an adapter"),
        ("raie@shared_first=1@shared_rank=0", "nothing would learn first"),
        ("raie@shared_evolves=0@own_rank=0@habits=0@memory=0", "would learn on: set shared_evolves"),
    ],
)
def test_a_setting_out_of_bounds_is_refused_in_one_line(name, message, material):
    method = method_named(name)
    with pytest.raises(UsageError, match=message) as refused:
        method.fit(material, method.settings())
    assert "\n" not in str(refused.value)


def test_lists_of_names():
    assert methods_named("lora, raie,lora") == ["lora", "raie"]
    assert methods_named("all") == list(METHODS)
    assert methods_named("ablations") == ["raie", *ABLATIONS]
    with pytest.raises(UsageError, match="no method 'loar'"):
        methods_named("raie,loar")
