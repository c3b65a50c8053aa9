"""The card: what it says follows from the run's documents and ranks."""

import copy
import re
from dataclasses import replace

import pytest
import yaml

from raie.cards.card import render_card
from raie.cards.results import differences, results
from raie.cards.sources import Counts
from tests.cards.conftest import promotion

HEADINGS = [
    "# Model card: snapshot 2024-03-02",
    "## Model details",
    "## Uses",
    "## Bias, risks, and limitations",
    "### Known failures",
    "## How to get started with the model",
    "## Training details",
    "## Evaluation",
    "### Results",
    "### Regions",
    "### Routing",
    "### Gates",
    "## Technical specifications",
]


def changed(sources, **documents):
    manifest = copy.deepcopy(sources.manifest)
    for name, document in documents.items():
        manifest[name] = {**manifest[name], **document}
    return replace(sources, manifest=manifest)


def front_matter(card):
    _, metadata, body = card.split("---\n", 2)
    return yaml.safe_load(metadata), body


def tables_of(card):
    """Number of cells of each row, by table."""
    blocks = re.findall(r"(?:^\|.*\n)+", card, flags=re.MULTILINE)
    return [[len(re.findall(r"(?<!\\)\|", row)) - 1 for row in block.splitlines()] for block in blocks]


def test_it_has_the_headings_of_a_model_card_in_their_order(sources):
    card = render_card(sources)
    places = [card.index(f"\n{heading}\n") for heading in HEADINGS]
    assert places == sorted(places)
    assert render_card(sources) == card
    assert card.endswith("\n") and "\n\n\n" not in card and "\\n" not in card
    assert "or through this snapshot's version of the MLflow\nmodel. Items" in card


def test_its_metadata_are_the_metrics(sources):
    metadata, _ = front_matter(render_card(sources))
    assert {"lora", "sasrec"} <= set(metadata["tags"])
    (model,) = metadata["model-index"]
    assert model["name"] == "raie 2024-03-02"
    assert [each["dataset"]["name"] for each in model["results"]] == ["held-out Set-up", "newest held-out"]
    routed = sources.metrics["setup_heldout"]["routed"]
    values = {each["name"]: each["value"] for each in model["results"][0]["metrics"]}
    assert values == {
        "Recall@5": pytest.approx(routed["recall_at_5"], abs=1e-6),
        "NDCG@5": pytest.approx(routed["ndcg_at_5"], abs=1e-6),
    }


def test_every_result_has_its_mean_in_its_interval(sources):
    found = results(sources)
    assert [(row.part, row.model) for row in found] == [
        ("setup_heldout", "this snapshot"),
        ("setup_heldout", "base alone"),
        ("setup_heldout", "champion before"),
        ("newest_heldout", "this snapshot"),
        ("newest_heldout", "base alone"),
        ("newest_heldout", "champion before"),
        ("forward", "champion before"),
        ("forward", "base alone"),
    ]
    for row in found:
        for each in (row.ranked.recall, row.ranked.ndcg):
            assert each.low < each.value < each.high
    assert found[0].ranked.recall.value == sources.metrics["setup_heldout"]["routed"]["recall_at_5"]
    assert (
        found[2].ranked.recall.value == sources.metrics["champion"]["setup_heldout"]["routed"]["recall_at_5"]
    )


def test_differences_are_those_of_the_results(sources):
    means = {(row.part, row.model): row.ranked.recall.value for row in results(sources)}
    found = differences(sources)
    assert len(found) == 5
    for row in found:
        first, second = row.model.split(" less ")
        expected = means[row.part, first] - means[row.part, second]
        assert row.ranked.recall.value == pytest.approx(expected)


def test_it_names_where_the_root_hash_is_and_not_what_it_is(sources):
    card = render_card(sources)
    assert sources.manifest["ledger_head"] in card
    assert "data/manifest.json" in card
    assert sources.manifest["root_hash"] not in card


def test_what_it_counts(sources):
    card = render_card(sources)
    assert "| days | 2024-01-03 to 2024-03-02 (2 with events) |" in card
    assert "| events accepted so far | 6,985 |" in card
    assert "| users with a history | 189 |" in card
    assert "| 499, 2, 1 |" in card
    assert "| regions, each with an adapter | 3 |" in card
    assert "a night of generation\n2, made from snapshot 2024-03-01" in card


def test_without_data_at_hand_it_says_so_and_keeps_the_means(sources):
    card = render_card(replace(sources, counts=Counts(None, None, None), outcomes={}))
    recall = sources.metrics["setup_heldout"]["routed"]["recall_at_5"]
    assert f"| held-out Set-up | this snapshot | 90 | - | {recall:.4f} |" in card
    assert "without intervals, because ranks by user are not at hand: held-out Set-up, newest" in card
    assert "On the same windows" not in card
    assert "| users with a history | - |" in card
    assert "without intervals" not in render_card(sources)


def test_genesis_has_no_champion_to_be_compared_with(sources, tables):
    metrics = {"setup_heldout": sources.metrics["setup_heldout"]}
    manifest = {
        **sources.manifest,
        "metrics": metrics,
        "gates": {},
        "night": {"snapshot": "2024-03-01", "kind": "construct", "run": None, "previous": None},
    }
    alone = {"setup_heldout": tables["setup_heldout"].drop(columns="champion_rank")}
    genesis = replace(sources, manifest=manifest, outcomes=alone)
    assert {row.model for row in results(genesis)} == {"this snapshot", "base alone"}
    card = render_card(genesis)
    assert "This is genesis of generation\n1.\n" in card
    assert "Against the champion before" not in card
    assert "| none | not judged |" in card


def test_a_refused_candidate_says_so_first_and_is_named_by_its_tag(sources):
    card = render_card(changed(sources, gates={"promotion": promotion(promoted=False)}))
    assert "# Model card: candidate 2024-03-02\n\n**Refused**: " in card
    assert "raie snapshot verify candidate/2024-03-02 " in card
    assert "MLflow" not in card
    assert "- Gate promotion said no: refused: retention fell" in card
    assert "- Gate promotion: retention -0.1000, beyond chance" in card
    assert "MLflow" in render_card(sources)


def test_what_is_data_stays_data(sources):
    hostile = "a|b <script>alert(1)</script> [x](javascript:y) `c`\n# heading \x1b[31m"
    gates = {"interactions": {"passed": True, "headline": hostile, "warnings": [hostile]}}
    night = {"run": hostile}
    entry = {"edit": {"region": "r0001", "operation": hostile, "n_sequences": 1}}
    card = render_card(replace(changed(sources, gates=gates, night=night), entries=[entry]))
    assert "<script" not in card and "\x1b" not in card and "\n# heading" not in card
    assert "[x](" not in card.replace("\\[x\\](", "")
    for rows in tables_of(card):
        assert len(set(rows)) == 1
    assert len(tables_of(card)) == len(tables_of(render_card(sources)))
