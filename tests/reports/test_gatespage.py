"""The gates as a page: everything is shown, nothing runs, nothing is fetched."""

import re

import pytest

from raie.reports.gatedocuments import ORDER, read_gates
from raie.reports.gatespage import render_gates
from tests.reports.rundocuments import HOSTILE, INTERACTIONS, PROMOTION, Outline, a_check, a_gate


@pytest.fixture
def page(tree):
    return render_gates(tree / "data" / "gates")


def test_equal_documents_give_equal_bytes(page, tree, tmp_path):
    assert render_gates(tree / "data" / "gates") == page
    moved = tmp_path / "elsewhere"
    moved.mkdir()
    for name in reversed(ORDER):
        (moved / f"{name}.json").write_bytes((tree / "data/gates" / f"{name}.json").read_bytes())
    assert render_gates(moved) == page


def test_a_browser_needs_nothing_else(page):
    parsed = Outline(page)
    assert not {"script", "link", "img", "iframe", "object", "base"} & set(parsed.tags)
    assert not parsed.values("src")
    assert all(link.startswith("#") for link in parsed.values("href"))
    assert not re.search(r"https?:|url\(|@import|//\w", page)


def test_links_lead_somewhere_and_names_are_told_once(page):
    parsed = Outline(page)
    ids = parsed.values("id")
    assert len(ids) == len(set(ids))
    assert {link[1:] for link in parsed.values("href")} <= set(ids)
    assert set(parsed.values("aria-labelledby")) <= set(ids)


def test_what_is_wider_than_a_phone_can_be_scrolled_with_the_keyboard(page):
    tags, parsed = re.findall(r'<div class="scroll"[^>]*>', page), Outline(page)
    assert len(tags) == parsed.tags.count("table") > 0
    assert all('tabindex="0"' in tag and "aria-label=" in tag for tag in tags)
    assert "width=device-width" in page
    assert "prefers-color-scheme: dark" in page


def test_gates_stand_in_the_order_of_the_pipeline(write, tree):
    write("data/gates/zeal.json", a_gate("zeal"))
    write("data/gates/ardour.json", a_gate("ardour"))
    found = re.findall(r'<h2 id="gate-\d+">(\w+):', render_gates(tree / "data" / "gates"))
    assert found == [*ORDER, "ardour", "zeal"]


def test_without_documents_every_gate_is_not_judged(tmp_path):
    text = Outline(render_gates(tmp_path / "nowhere")).text
    assert text.count("not judged") >= len(ORDER)
    assert "passed" not in text
    assert "are run by the flows" in text


@pytest.mark.parametrize(
    ("document", "status"),
    [
        (a_gate("metrics"), "passed"),
        (a_gate("metrics", warnings=["thin"]), "passed with warnings"),
        (a_gate("metrics", passed=False), "refused"),
        ({"promoted": False, "headline": "no"}, "refused"),
        ({"headline": "no verdict"}, "not judged"),
        ({}, "not judged"),
        ("", "cannot be read"),
        ("{", "cannot be read"),
        ("[]", "cannot be read"),
        ({"passed": "perhaps"}, "cannot be read"),
        (a_gate("metrics", expectations=[{}]), "cannot be read"),
        ("[" * 5000, "cannot be read"),
    ],
)
def test_every_status_is_shown(write, tree, document, status):
    write("data/gates/metrics.json", document)
    (gate,) = [gate for gate in read_gates(tree / "data" / "gates") if gate.name == "metrics"]
    assert gate.status == status
    assert f"metrics: {status}" in Outline(render_gates(tree / "data" / "gates")).text


def test_what_comes_from_outside_is_text(write, tree):
    plain = Outline(render_gates(tree / "data" / "gates"))
    file = {**INTERACTIONS["files"][0], "file": HOSTILE, "headline": HOSTILE, "passed": False}
    write(
        "data/gates/interactions.json",
        {
            **INTERACTIONS,
            "headline": HOSTILE,
            "files": [file],
            "reasons": {HOSTILE: 3},
            "counts": {HOSTILE: HOSTILE},
            "thresholds": {HOSTILE: [HOSTILE]},
            "warnings": [HOSTILE],
            "expectations": [{"success": False, "column": HOSTILE, "reason": HOSTILE, "suite": HOSTILE}],
        },
    )
    check = {**a_check(HOSTILE, -0.02), "reason": HOSTILE}
    write("data/gates/promotion.json", {**PROMOTION, "headline": HOSTILE, "checks": [check]})
    page = render_gates(tree / "data" / "gates")
    hostile = Outline(page)
    assert "script" not in hostile.tags
    assert set(hostile.values("src")) == set(plain.values("src"))
    assert "\u202e" not in page
    assert hostile.text.count("alert(1)") >= 12


def test_a_file_name_does_not_become_markup(tree, write):
    write("data/gates/<b>bold.json", a_gate("x"))
    parsed = Outline(render_gates(tree / "data" / "gates"))
    assert "b" not in parsed.tags
    assert "<b>bold" in parsed.text


def test_unmet_expectations_are_open_and_met_ones_folded(write, tree):
    unmet = {**a_gate("x")["expectations"][0], "success": False, "unexpected": 1234, "severity": "warning"}
    folder = tree / "data" / "gates"
    assert render_gates(folder).count("<details>") == len(ORDER) - 1
    write("data/gates/encodings.json", a_gate("encodings", expectations=[unmet]))
    page = render_gates(folder)
    assert page.count("<details open>") == 1
    assert "no, a warning" in page
    assert "1,234" in page


def test_intervals_are_told_and_drawn(page):
    parsed = Outline(page)
    assert "+0.0150 to +0.0250" in parsed.text
    assert "difference +0.0200, interval +0.0150 to +0.0250" in parsed.values("aria-label")
    assert parsed.tags.count("svg") == 2
    drawn = [value for name in ("x", "x1", "x2") for value in parsed.values(name)]
    assert all(0 <= float(value) <= 100 for value in drawn)


def test_numbers_that_are_none_leave_a_dash(write, tree):
    check = {**a_check("newest held-out", 0.0), **dict.fromkeys(("champion", "difference", "low", "high"))}
    write("data/gates/promotion.json", {**PROMOTION, "checks": [check]})
    write("data/gates/metrics.json", '{"passed": true, "checks": [{"name": "x", "low": NaN}]}')
    parsed = Outline(render_gates(tree / "data" / "gates"))
    assert "nan" not in parsed.text.lower()
    assert "- to -" in parsed.text
