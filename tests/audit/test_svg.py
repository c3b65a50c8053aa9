"""Charts fit for the page: no inline style, colours by name, ids that are ours and unique."""

import re
from xml.etree import ElementTree as Xml

import pytest

from raie.audit.colours import DARK, LIGHT, named
from raie.audit.drawings import draw_charts, happenings
from raie.audit.drift import drift_per_night
from raie.audit.lanes import lanes_of
from raie.audit.positions import positions_of, shares_of
from tests.audit.chronicles import small_chronicle


def all_charts(chronicle):
    lanes = lanes_of(chronicle)
    shares, positions = shares_of(chronicle, lanes), positions_of(chronicle, lanes)
    return draw_charts(chronicle, lanes, shares, positions, drift_per_night(chronicle))


@pytest.fixture(scope="module")
def charts():
    return all_charts(small_chronicle())


def test_colours_have_one_name_each_in_both_schemes():
    assert LIGHT.keys() == DARK.keys()
    for dark in (False, True):
        values = list(named(dark=dark).values())
        assert len(values) == len(set(values))


def test_charts_are_drawn_alike_every_time(charts):
    assert {name: chart.svg for name, chart in all_charts(small_chronicle()).items()} == {
        name: chart.svg for name, chart in charts.items()
    }
    assert list(charts) == ["map1", "map2", "lineage", "operations", "quality"]


def test_nothing_in_a_chart_offends_the_policy_or_a_dark_scheme(charts):
    for chart in charts.values():
        elements = list(Xml.fromstring(chart.svg).iter())
        assert not {"style", "script", "metadata", "image"} & {element.tag for element in elements}
        assert not [element for element in elements if "style" in element.attrib]
        for element in elements:
            for key in ("fill", "stroke"):
                assert re.fullmatch(r"none|var\(--[a-z0-9]+\)", element.get(key, "none")), element.attrib


def test_ids_are_unique_over_all_charts_and_references_lead_somewhere(charts):
    text = "".join(chart.svg for chart in charts.values())
    ids = re.findall(r' id="([^"]+)"', text)
    assert len(ids) == len(set(ids))
    wanted = re.findall(r'<use[^>]* href="#([^"]+)"', text) + re.findall(r"url\(#([^)]+)\)", text)
    assert wanted
    assert set(wanted) <= set(ids)


def test_regions_and_cursors_can_be_moved(charts):
    for number in (0, 1):
        for part in ("then", "now", "trail", "label"):
            assert f'id="map1-{part}-{number}"' in charts["map1"].svg
    for name in ("lineage", "operations", "quality"):
        assert f'id="{name}-cursor"' in charts[name].svg
        assert charts[name].frame["dx"] > 0


def test_frames_say_where_data_lie(charts):
    chart = charts["map1"]
    # a circle's path begins at its lowest point
    start = re.search(r'id="map1-then-0"><path d="M (\S+) (\S+)', chart.svg)
    lanes = lanes_of(small_chronicle())
    x, y = positions_of(small_chronicle(), lanes)[0].paths[0][0]
    assert float(start[1]) == pytest.approx(chart.frame["x0"] + chart.frame["dx"] * x, abs=0.02)
    assert float(start[2]) > chart.frame["y0"] + chart.frame["dy"] * y


def test_every_event_of_the_ledger_stands_in_the_lineage(charts):
    chronicle = small_chronicle()
    events = happenings(chronicle, lanes_of(chronicle))
    assert {event.operation for event in events} == {
        "construct", "add", "reject", "merge", "retire", "end", "renew",
    }  # fmt: skip
    for event in events:
        assert f"lineage-event-{event.operation}-{event.lane}-{event.place}" in charts["lineage"].svg
