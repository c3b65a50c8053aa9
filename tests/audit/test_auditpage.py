"""The page: one file, nothing fetched, nothing of the data ever markup, equal for equal chronicles."""

import base64
import hashlib
import re

import pytest

from raie.audit.document import headline
from raie.audit.embedded import embedded_json
from raie.audit.entries import IN_DEGREES, MAX_SCORED, entry_columns
from raie.audit.lanes import lanes_of
from raie.audit.write import render_page
from tests.audit.chronicles import HOSTILE, NIGHTS, REFUSED, embedded, large_chronicle, small_chronicle
from tests.reports.rundocuments import Outline


@pytest.fixture(scope="module")
def page():
    return render_page(small_chronicle())


@pytest.fixture(scope="module")
def hostile():
    return render_page(small_chronicle(HOSTILE))


def test_equal_chronicles_give_equal_pages(page):
    assert render_page(small_chronicle()) == page


def test_a_browser_needs_nothing_else(page):
    parsed = Outline(page)
    assert not {"img", "iframe", "object", "base", "embed"} & set(parsed.tags)
    assert not parsed.values("src")
    assert [link for link in parsed.values("href") if not link.startswith("#")] == ["data:,"]
    assert not re.search(r"@import|url\((?!#)|fetch\(|XMLHttpRequest|innerHTML|AdjacentHTML|eval\(", page)


def test_the_policy_admits_this_script_and_this_style_alone(page):
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)[1]
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    for tag in ("script", "style"):
        (text,) = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    # what the policy would stop
    assert "style" not in {name for _, name, _ in Outline(page).attributes}
    assert not [name for _, name, _ in Outline(page).attributes if name.startswith("on")]


def test_names_are_told_once_and_links_lead_somewhere(page):
    parsed = Outline(page)
    ids = parsed.values("id")
    assert len(ids) == len(set(ids))
    sections = {link[1:] for link in parsed.values("href") if link.startswith("#")}
    made = {f"region-{lane.region}" for lane in lanes_of(small_chronicle())}
    assert sections - made <= set(ids)
    assert set(parsed.values("aria-labelledby")) <= set(ids)


def test_texts_of_others_stay_data(page, hostile):
    assert Outline(hostile).tags == Outline(page).tags
    gates = embedded(hostile)["nights"][0]["gates"]
    assert gates == [[name, True, HOSTILE, [HOSTILE]] for name in ("interactions", "promotion")]


def test_the_document_holds_the_nights_the_regions_and_the_whole_ledger(page):
    document, chronicle = embedded(page), small_chronicle()
    assert [night["id"] for night in document["nights"]] == [*NIGHTS[:4], REFUSED, *NIGHTS[4:]]
    assert [night["refused"] for night in document["nights"]] == [False] * 4 + [True] + [False] * 2
    assert document["as_of"] == NIGHTS[-1]
    ledger, edits = document["ledger"], chronicle.edits
    assert [ledger["operations"][each] for each in ledger["operation"]] == edits["operation"].tolist()
    assert [document["nights"][place]["id"] for place in ledger["night"]] == edits["snapshot"].tolist()
    assert [document["regions"][each]["id"] for each in ledger["region"]] == edits["region"].tolist()
    assert all(whole.startswith(short) for whole, short in zip(edits["hash"], ledger["hash"], strict=True))
    rows = [row for row, parents in enumerate(edits["parents"]) if parents]
    assert sorted(map(int, ledger["parents"])) == rows


def test_a_cards_series_run_from_birth_to_end(page):
    for card in embedded(page)["regions"]:
        nights = card["spans"][-1][1] - card["spans"][0][0] + 1
        assert len(card["shares"]) == nights
        assert len(card["retention"]["recall"]) == nights
        assert card["trained"][0][0] == card["spans"][0][0]


def test_the_first_sentence_counts():
    chronicle = small_chronicle()
    assert headline(chronicle, lanes_of(chronicle)) == (
        "6 snapshots and 1 refused candidate from 2024-03-01 to 2024-03-06. "
        "3 regions at the beginning, 2 born since, 1 merged, 1 retired, 1 ended: 2 now."
    )
    first = small_chronicle(until=NIGHTS[0])
    assert "1 snapshot from" in headline(first, lanes_of(first))
    render_page(first)


def test_a_month_is_small():
    chronicle = large_chronicle(20, 12)
    page = render_page(chronicle)
    assert len(page.encode()) < 1_000_000
    assert len(embedded(page)["ledger"]["scores"]) == len(chronicle.edits)


def test_every_angle_is_in_degrees():
    chronicle = small_chronicle()
    measured = dict.fromkeys(IN_DEGREES, 0.5) | {"share": 0.5, "radius_quantile": 0.5}
    chronicle.edits["scores"] = [measured] * len(chronicle.edits)
    columns = entry_columns(chronicle, {})
    assert columns["scores"][0] == dict.fromkeys(IN_DEGREES, 28.65) | {"share": 0.5, "radius_quantile": 0.5}
    assert columns["radius"][0] == 45.84


def test_the_legend_names_what_the_lineage_holds(page):
    assert "went on in a new generation" in page
    assert "</span>rolled back" not in page
    chronicle = small_chronicle()
    chronicle.edits.loc[len(chronicle.edits) - 1, "operation"] = "rollback"
    assert "</span>rolled back" in render_page(chronicle)


def test_a_long_history_leaves_out_what_routine_measured():
    chronicle = large_chronicle(60, 200)
    assert len(chronicle.edits) > MAX_SCORED
    columns = entry_columns(chronicle, {lane.region: lane.number for lane in lanes_of(chronicle)})
    assert not columns["all_scored"]
    assert len(columns["scores"]) == 200  # the constructions
    assert len(embedded_json(columns)) < 80 * len(chronicle.edits)
