import json
import re

import madecells
import pytest
import readback

from raie.experiments.tables import document, html, latex, markdown
from raie.experiments.tables.caption import caption
from raie.experiments.tables.differences import lines_of
from raie.experiments.tables.rows import table_of
from raie.experiments.tables.sheet import sheet_of

HOSTILE = "raie|<script>alert('1')</script>**x**_y_`z`\\end{table*}$&%#~^\"--[0](u)"
RENDERERS = [markdown.render, latex.render, html.render, document.render]


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile")
    # names of folders hold no slash
    method = HOSTILE.replace("/", "")
    for each in ("frozen", method, "[x]\nraie\u202e"):
        madecells.write_cell(folder, each, settings={"rule": method, "sizes": [1, 2.5]}, code="<b>")
    return table_of(madecells.read(folder), n_resamples=20), method


def everywhere(table):
    return {
        "markdown": readback.from_markdown(markdown.render(sheet_of(table))),
        "latex": readback.from_latex(latex.render(sheet_of(table))),
        "html": readback.Page(html.render(sheet_of(table))).tables,
    }


def assert_agreement(table):
    found = everywhere(table)
    assert [len(tables) for tables in found.values()] == [2, 2, 2]
    assert found["markdown"] == found["html"]
    # its heading has the groups on a line of their own
    assert [rows[1:] for rows in found["latex"]] == [rows[1:] for rows in found["html"]]


def cell(table, method, heading, number=0):
    header, *rows = everywhere(table)["html"][number]
    column = [name for name, _ in header].index(heading)
    return next(row[column] for row in rows if row[0][0] == method)


def test_markdown_latex_and_html_show_the_same_cells(table):
    assert_agreement(table)


def test_hostile_names_are_the_same_everywhere(hostile):
    table, method = hostile
    assert_agreement(table)
    names = [row[0][0] for row in everywhere(table)["latex"][0]]
    assert names == ["Method", "[x]\\nraie\\u202e", "frozen", method]


def test_shown_values_are_those_of_the_document(table):
    rows = {row["method"]: row for row in json.loads(document.render(sheet_of(table)))["rows"]}
    assert len(rows) == len(table.rows) == 6
    names = {"Setup seen": "setup_seen", "Setup held out": "setup_heldout", "Test": "test"} | {
        "Test, new": "test_new"
    }
    for method, row in rows.items():
        label = "retrain (upper reference)" if method == "retrain" else method
        for heading, part in names.items():
            for metric in ("Recall", "NDCG"):
                mean = row[part][metric.lower()]
                expected = f"{mean['value']:.4f} ± {mean['half_width']:.4f}"
                assert cell(table, label, f"{heading} {metric}@10")[0] == expected
        assert cell(table, label, "Harmonic mean")[0].startswith(f"{row['harmonic']['value']:.4f} ± ")


@pytest.mark.parametrize("render", RENDERERS)
def test_every_rendering_has_the_caption_and_all_differences(table, render):
    # undo what each format writes differently, then look for the words
    text = render(sheet_of(table))
    if render is document.render:
        found = json.loads(text)
        assert (found["caption"], tuple(found["differences"])) == (caption(table), lines_of(table))
        return
    for before, after in ((r"\[", "["), (r"\]", "]"), (r"\%", "%"), (r"$\pm$", "±"), ("$-$", "-")):
        text = text.replace(before, after)
    assert len(lines_of(table)) == 8
    for line in (caption(table), *lines_of(table)):
        assert line in text


def test_a_difference_names_the_best_baseline_and_its_interval(table):
    each = table.comparisons[0].recall
    expected = f"raie against lora: {each.difference:+.4f} [{each.low:+.4f}, {each.high:+.4f}] Recall@10"
    assert lines_of(table)[0].startswith(expected)
    assert each.difference > 0


def test_the_best_of_each_column_is_bold_and_the_upper_reference_is_not(table):
    header, *rows = everywhere(table)["html"][0]
    bold = {
        name: [row[0][0] for row in rows if row[column][1]]
        for column, (name, _) in enumerate(header)
        if column
    }
    assert rows[-1][0][0] == "retrain (upper reference)"
    assert bold.pop("Seeds") == []
    assert len(bold) == 10
    for heading, methods in bold.items():
        column = [name for name, _ in header].index(heading)
        values = {row[0][0]: float(row[column][0].split()[0]) for row in rows[:-1] if row[0][0] != "frozen"}
        extreme = min(values.values()) if heading == "Forgetting" else max(values.values())
        assert methods == [method for method, value in values.items() if value == extreme]
    assert bold["Test Recall@10"] == ["raie"]


def test_equal_values_are_all_bold(tmp_path):
    made = madecells.columns(0, "a", 1.0)
    for method in ("a", "b"):
        madecells.write_cell(tmp_path, method, scores=madecells.scores(made["rank"], made["part"]))
    place = tmp_path / "foursquare" / "production" / "sasrec"
    (place / "b" / "0.parquet").write_bytes((place / "a" / "0.parquet").read_bytes())
    table = table_of(madecells.read(tmp_path))
    assert cell(table, "a", "Test Recall@10") == cell(table, "b", "Test Recall@10")
    assert cell(table, "a", "Test Recall@10")[1]
    assert cell(table, "a", "Forgetting") == ("-", False)


def test_the_reference_stands_under_a_rule(table):
    rows = latex.render(sheet_of(table)).splitlines()
    places = [number for number, line in enumerate(rows) if line.startswith("{retrain (upper reference)}")]
    assert [rows[place - 1] for place in places] == [r"\midrule", r"\midrule"]
    assert [rows[place + 1] for place in places] == [r"\bottomrule", r"\bottomrule"]
    assert [line for line in rows if line.startswith(r"\begin{tabular}")] == [
        r"\begin{tabular}{lrrrrrrrrrrr}",
        r"\begin{tabular}{lrrrrrrrp{4.5cm}}",
    ]


def test_latex_columns_fit_their_tabular_and_braces_close(hostile):
    text = latex.render(sheet_of(hostile[0]))
    bare = re.sub(r"\\[{}]", "", text)
    assert bare.count("{") == bare.count("}")
    assert text.count(r"\end{table*}") == text.count(r"\begin{table*}") == 1
    for body, letters in zip(readback.from_latex(text), (12, 9), strict=True):
        assert {len(row) for row in body} == {letters}


@pytest.mark.parametrize(
    "text", ["a\\b{c}$d&e%f#g_h~i^j<k>l|m`n\"o'p", "-0.5 a-1 -- --- -", "± é 漢", HOSTILE]
)
def test_latex_escapes_are_undone_by_reading_back(text):
    assert readback.plain(latex.escaped(text)) == text


def test_markdown_escapes_what_would_be_an_element_or_a_column():
    assert markdown.escaped("<b>&|_") == r"&lt;b&gt;&amp;\|\_"


def test_latex_sets_a_minus_before_numbers_only():
    assert latex.escaped("-0.5 [-1, x-2] a-b 1e-05") == "$-$0.5 [$-$1, x-2] a-b 1e-05"


def test_latex_makes_no_dash_of_two_hyphens():
    assert latex.escaped("a--b---") == "a-{}-b-{}-{}-"


def test_the_frozen_base_is_not_best_at_forgetting_what_it_cannot_forget(tmp_path):
    for method, lift in (("frozen", 2.0), ("full", 0.5), ("lora", 0.2)):
        madecells.write_cell(tmp_path, method, lift=lift)
    table = table_of(madecells.read(tmp_path))
    shown = {method: cell(table, method, "Forgetting") for method in ("frozen", "full", "lora")}
    assert shown["frozen"] == ("0.0000", False)
    assert 0 < float(shown["full"][0]) < float(shown["lora"][0])
    assert [shown["full"][1], shown["lora"][1]] == [True, False]


def test_a_hostile_name_adds_no_element_to_the_page(hostile, table):
    page = readback.Page(html.render(sheet_of(hostile[0])))
    assert hostile[1] in page.text
    assert {tag for tag, _ in page.tags} <= {
        tag for tag, _ in readback.Page(html.render(sheet_of(table))).tags
    }
    assert not {"script", "b"} & {tag for tag, _ in page.tags}


def test_the_page_is_whole_without_a_network(table):
    text = html.render(sheet_of(table))
    page = readback.Page(text)
    assert "default-src 'none'" in text
    assert not {"script", "link", "img", "iframe"} & {tag for tag, _ in page.tags}
    assert not any({"src", "href"} & attributes.keys() for _, attributes in page.tags)
    assert "url(" not in text
    assert "prefers-color-scheme: dark" in text
    scrolling = [tag for tag, attributes in page.tags if attributes.get("class") == "scroll"]
    assert len(scrolling) == len(page.tables) == 2


def test_what_is_not_known_is_a_dash_everywhere(tmp_path):
    madecells.write_cell(tmp_path, "lora", cost={"peak_memory_bytes": None}, code=None, settings={})
    table = table_of(madecells.read(tmp_path))
    assert_agreement(table)
    assert cell(table, "lora", "Peak memory (MiB)", 1)[0] == "-"
    assert cell(table, "lora", "Settings", 1)[0] == "-"
    assert "Code:" not in html.render(sheet_of(table))


def test_costs_are_shown_in_readable_units(table):
    shown = [cell(table, "raie", heading, 1)[0] for heading in ("Seconds", "Steps", "Peak memory (MiB)")]
    assert shown == ["41.5", "1,407", "700"]
    assert cell(table, "raie", "Settings", 1)[0] == "rank 8, learning rate 0.0005"


@pytest.mark.parametrize("render", RENDERERS)
def test_equal_tables_give_equal_text_that_ends_in_a_line(cells, render):
    first, second = (render(sheet_of(table_of(each, n_resamples=20))) for each in (cells, cells[::-1]))
    assert first == second
    assert first.endswith("\n")


def test_document_holds_no_value_that_json_lacks(table):
    found = json.loads(document.render(sheet_of(table)), parse_constant=pytest.fail)
    assert found["format"] == 1
    assert found["protocol"]["n_items"] == madecells.N_ITEMS
    assert found["comparisons"][0]["recall"]["n_resamples"] == 300
