"""The page in a real browser: nothing fetched, nothing complained of, all within reach of the keyboard."""

import dataclasses
import os

import pytest

from raie.audit.write import render_page
from tests.audit.chromium import Browser, Tab, find_browser
from tests.audit.chronicles import HOSTILE, small_chronicle

PROGRAM = find_browser()
REQUIRED = os.environ.get("RAIE_REQUIRE_BROWSER") == "1"
pytestmark = pytest.mark.skipif(
    PROGRAM is None and not REQUIRED,
    reason="no Chromium found: install it or set RAIE_BROWSER; RAIE_REQUIRE_BROWSER=1 makes this a failure",
)

VISIBLE = "[...document.querySelectorAll('{}')].filter(e => e.checkVisibility()).map(e => e.id)"
CARDS, NIGHTS = VISIBLE.format(".card"), VISIBLE.format(".night > summary")
HEIGHTS = (
    "[...document.querySelectorAll('.chart text')].filter(e => e.checkVisibility())"
    ".map(e => e.getBoundingClientRect().height)"
)
FOCUSED = "(e => e.id || e.textContent.trim().slice(0, 20))(document.activeElement)"


@pytest.fixture(scope="module")
def browser():
    assert PROGRAM is not None, "RAIE_REQUIRE_BROWSER=1 and no Chromium: install it or set RAIE_BROWSER"
    with Browser(PROGRAM) as opened:
        yield opened


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    file = tmp_path_factory.mktemp("audit") / "page.html"
    file.write_text(render_page(small_chronicle(HOSTILE)), encoding="utf-8")
    return file


@pytest.fixture
def opened(browser, page):
    tabs = []

    def open_tab(anchor="", **options):
        tabs.append(Tab(browser, page, anchor, **options))
        return tabs[-1]

    yield open_tab
    for tab in tabs:
        assert tab.complaints() == []
        assert tab.requests() == []
        tab.close()


def press_tab(tab, times=1, *, shift=False):
    for _ in range(times):
        tab.press("Tab", number=9, shift=shift)


def set_value(tab, name, value):
    tab.evaluate(
        f"(e => {{ e.value = {value!r}; e.dispatchEvent(new Event('input', {{bubbles: true}}));"
        f" e.dispatchEvent(new Event('change', {{bubbles: true}})) }})(document.getElementById({name!r}))"
    )


@pytest.mark.parametrize("phone", [False, True])
@pytest.mark.parametrize("dark", [False, True])
def test_it_opens_without_a_complaint_and_fits_the_screen(opened, phone, dark):
    width = 390 if phone else 1280
    tab = opened(width=width, phone=phone, dark=dark)
    assert tab.evaluate("document.documentElement.scrollWidth") == width
    assert len(tab.evaluate(CARDS)) == 5
    assert len(tab.evaluate(NIGHTS)) == 7
    assert tab.evaluate("matchMedia('(prefers-color-scheme: dark)').matches") == dark
    paper = tab.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, paper[4:-1].split(","))) < 200) == dark
    assert min(tab.evaluate(HEIGHTS)) > 12


def test_texts_of_others_are_shown_as_they_are(opened):
    tab = opened()
    tab.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    tab.evaluate("new Promise(requestAnimationFrame)")
    assert tab.evaluate("document.images.length") == 0
    texts = tab.evaluate("[...document.querySelectorAll('.night bdi')].map(e => e.textContent)")
    assert HOSTILE in texts


@pytest.mark.parametrize(
    ("field", "value", "regions", "nights"),
    [
        ("filter-operation", "merge", ["region-r0001", "region-r0004"], ["night-2024-03-04"]),
        ("filter-state", "retired", ["region-r0003"], None),
        ("filter-state", "refused", None, ["candidate-2024-03-04"]),
        ("filter-night", "5", ["region-r0001", "region-r0003"], ["night-2024-03-05"]),
        ("search", "r0005", ["region-r0005"], ["night-2024-03-06"]),
        ("search", "no such thing", [], []),
    ],
)
def test_filters_narrow_regions_nights_and_ledger_together(opened, field, value, regions, nights):
    tab = opened()
    everything = {"card": tab.evaluate(CARDS), "night": tab.evaluate(NIGHTS)}
    entries = tab.evaluate("document.querySelectorAll('#ledger-rows tbody tr').length")
    set_value(tab, field, value)
    assert tab.evaluate(CARDS) == (everything["card"] if regions is None else regions)
    assert tab.evaluate(NIGHTS) == (everything["night"] if nights is None else nights)
    assert tab.evaluate("document.querySelectorAll('#ledger-rows tbody tr').length") < entries
    assert tab.evaluate("document.getElementById('found').textContent").startswith(
        f"{len(tab.evaluate(CARDS))} of 5 regions"
    )
    tab.evaluate("document.querySelector('button[type=reset]').click()")
    tab.evaluate("new Promise(done => setTimeout(done, 20))")
    assert tab.evaluate(CARDS) == everything["card"]
    assert tab.evaluate("document.getElementById('found').textContent") == ""


@pytest.mark.parametrize(
    ("anchor", "focused"),
    [
        ("#region-r0005", "document.activeElement.id === 'region-r0005'"),
        ("#night-2024-03-04", "document.activeElement.id === 'night-2024-03-04'"),
        ("#candidate-2024-03-04", "document.activeElement.id === 'candidate-2024-03-04'"),
    ],
)
def test_deep_links_open_and_focus_what_they_name(opened, anchor, focused):
    tab = opened(anchor)
    assert tab.evaluate(focused)
    assert tab.evaluate(
        "(r => r.top >= 0 && r.top < innerHeight)(document.activeElement.getBoundingClientRect())"
    )
    if "region" not in anchor:
        assert tab.evaluate("document.activeElement.parentElement.open")
        chosen = tab.evaluate("document.getElementById('chosen').textContent")
        assert chosen == anchor[1:].replace("night-", "").replace("candidate-", "candidate/")


def test_a_link_to_what_a_filter_hides_shows_it(opened):
    tab = opened()
    set_value(tab, "search", "r0005")
    tab.evaluate("location.hash = '#region-r0003'")
    tab.evaluate("new Promise(done => setTimeout(done, 50))")
    assert tab.evaluate("document.activeElement.id") == "region-r0003"
    assert tab.evaluate("document.getElementById('search').value") == ""


def test_a_search_without_hits_says_so_everywhere(opened):
    tab = opened()
    entries = tab.evaluate("LEDGER.night.length")
    notices = "['no-region', 'no-night'].map(name => document.getElementById(name).checkVisibility())"
    assert tab.evaluate(notices) == [False, False]
    set_value(tab, "search", "no such thing")
    assert tab.evaluate(notices) == [True, True]
    said = tab.evaluate("document.getElementById('ledger-rows').textContent")
    assert said.startswith(f"0 of {entries} entries found.")


@pytest.mark.parametrize("phone", [False, True])
def test_an_open_ledger_needs_no_scrolling_sideways_and_stretches_no_neighbour(opened, phone):
    tab = opened(width=390 if phone else 1280, phone=phone)
    height = "document.querySelectorAll('.card')[1].offsetHeight"
    before = tab.evaluate(height)
    tab.evaluate(
        "[...document.querySelector('.card').querySelectorAll('details')]"
        ".find(e => e.textContent.startsWith('Ledger')).open = true"
    )
    tab.evaluate("new Promise(done => setTimeout(done, 50))")
    assert tab.evaluate("document.querySelectorAll('.card .below').length") > 0
    assert tab.evaluate("(e => e.scrollWidth - e.clientWidth)(document.querySelector('.card .scroll'))") == 0
    assert tab.evaluate(height) == before


def test_a_refused_night_says_what_became_of_its_rows(opened):
    tab = opened("#candidate-2024-03-04")
    line = tab.evaluate("document.activeElement.textContent")
    assert "20 rows came in, edits discarded" in line
    assert "sequence" not in line
    assert "the champion's, unchanged" in tab.evaluate("document.getElementById('chosen-line').textContent")
    values = "[...document.querySelectorAll('#chosen-regions td:last-child')].map(e => e.textContent)"
    refused = tab.evaluate(values)
    assert "-" not in refused
    tab.evaluate("choose(state.place - 1)")
    assert tab.evaluate(values) == refused


def test_a_rollback_says_where_it_went_back_to(browser, tmp_path):
    chronicle, ref = small_chronicle(), "snapshot/2024-03-06"
    for region, said in (("r0001", "r0001"), (None, "all regions")):
        restored = {ref: ("2024-03-05", region)}
        (tmp_path / "page.html").write_text(render_page(dataclasses.replace(chronicle, restored=restored)))
        tab = Tab(browser, tmp_path / "page.html")
        for name in ("chosen-line", "chosen-numbers", "night-2024-03-06"):
            text = tab.evaluate(f"document.getElementById({name!r}).textContent")
            assert f"{said} rolled back to 2024-03-05" in text
        tab.close()


def test_the_keyboard_reaches_the_controls_in_the_order_they_are_read(opened):
    tab, seen = opened(), []
    for _ in range(17):
        press_tab(tab)
        seen.append(tab.evaluate(FOCUSED))
    assert seen[:6] == [
        "Skip to the map",
        "search",
        "filter-operation",
        "filter-state",
        "filter-night",
        "Clear",
    ]
    assert seen[6:12] == ["Map", "Lineage", "Trends", "Regions", "Nights", "Ledger"]
    # at the last night nothing is later
    assert seen[12:17] == ["earlier", "place", "first", "last", "magnify"]
    press_tab(tab, 1, shift=True)
    assert tab.evaluate(FOCUSED) == "last"


def test_without_a_mouse_a_night_is_chosen_and_unfolded(opened):
    tab = opened()
    before = tab.evaluate("document.getElementById('lineage-cursor').getBoundingClientRect().x")
    tab.evaluate("document.getElementById('place').focus()")
    tab.press("ArrowLeft", number=37)
    assert tab.evaluate("document.getElementById('chosen').textContent") == "2024-03-05"
    assert tab.evaluate("document.getElementById('lineage-cursor').getBoundingClientRect().x") < before
    # the first generation's map is shown, without the region that was retired that night
    assert tab.evaluate("document.querySelector('.map:not([hidden])').dataset.generation") == "1"
    hidden = "getComputedStyle(document.getElementById('map1-now-{}')).visibility"
    assert [tab.evaluate(hidden.format(number)) for number in (0, 2)] == ["visible", "hidden"]
    tab.evaluate("document.querySelector('#night-2024-03-05').focus()")
    tab.press("Enter", number=13, text="\r")
    tab.evaluate("new Promise(done => setTimeout(done, 50))")
    assert "promotion" in tab.evaluate("document.getElementById('night-2024-03-05').parentElement.innerText")


def test_the_search_takes_what_is_typed(opened):
    tab = opened()
    press_tab(tab, 2)
    tab.type("MERGED")
    assert tab.evaluate(CARDS) == ["region-r0004"]


def test_a_click_on_a_chart_chooses_the_night(opened):
    tab = opened(height=2000)
    tab.evaluate("document.getElementById('lineage').scrollIntoView()")
    spot = tab.evaluate(
        "(e => { const p = new DOMPoint(DATA.frames.lineage.x0 + DATA.frames.lineage.dx, 20)"
        ".matrixTransform(e.getScreenCTM()); return [p.x, p.y] })(document.getElementById('chart-lineage'))"
    )
    for kind in ("mousePressed", "mouseReleased"):
        tab.send("Input.dispatchMouseEvent", type=kind, x=spot[0], y=spot[1], button="left", clickCount=1)
    assert tab.evaluate("document.getElementById('chosen').textContent") == "2024-03-02"


def test_nothing_moves_for_who_prefers_it_so(opened):
    tab = opened()
    moving = "getComputedStyle(document.getElementById('map1-now-0')).transitionDuration"
    assert tab.evaluate(moving) == "0s"
    tab.prefer(**{"prefers-reduced-motion": "no-preference"})
    assert tab.evaluate(moving) != "0s"


def test_on_paper_there_are_no_controls(opened):
    tab = opened()
    tab.send("Emulation.setEmulatedMedia", media="print")
    assert not tab.evaluate("document.getElementById('filters').checkVisibility()")
    assert tab.evaluate("document.getElementById('cards').checkVisibility()")
