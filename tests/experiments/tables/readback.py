"""Tables read back out of what was rendered: a header and rows of text, bold told apart."""

import re
from html.parser import HTMLParser

from markdown_it import MarkdownIt

CONTROL = re.compile(r"\\(textbackslash|textasciitilde|textasciicircum|textless|textgreater|textbar|"
                     r"textasciigrave|textquotesingle)\{\}")  # fmt: skip
SIGNS = {
    "textbackslash": "\\",
    "textasciitilde": "~",
    "textasciicircum": "^",
    "textless": "<",
    "textgreater": ">",
    "textbar": "|",
    "textasciigrave": "`",
    "textquotesingle": "'",
}


def from_markdown(text):
    """Tables as a list of rows of (text, bold)."""
    tables = []
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    for token in tokens:
        if token.type == "table_open":
            tables.append([])
        elif token.type == "tr_open":
            tables[-1].append([])
        elif token.type == "inline" and token.level > 3:
            assert not any(child.type == "html_inline" for child in token.children)
            shown = "".join(child.content for child in token.children)
            tables[-1][-1].append((shown, any(child.type == "strong_open" for child in token.children)))
    return tables


class Page(HTMLParser):
    """Tables, all tags with attributes, and text."""

    def __init__(self, page):
        super().__init__()
        self.tables, self.tags, self.text, self.cell = [], [], "", None
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("td", "th"):
            self.cell = ["", False]
        elif tag == "strong":
            self.cell[1] = True

    def handle_endtag(self, tag):
        if tag in ("td", "th"):
            self.tables[-1][-1].append(tuple(self.cell))
            self.cell = None

    def handle_data(self, data):
        self.text += data
        if self.cell is not None:
            self.cell[0] += data


def plain(latex):
    """What LaTeX would set; fails on what it would not."""
    text = latex.replace("$-$", "-").replace(r"$\pm$", "±").replace("-{}", "-")
    shown, place = "", 0
    while place < len(text):
        if word := CONTROL.match(text, place):
            shown, place = shown + SIGNS[word[1]], word.end()
        elif text.startswith(r"\string" + '"', place):
            shown, place = shown + '"', place + 8
        elif text[place] == "\\":
            assert text[place + 1] in "{}$&%#_", text[place:]
            shown, place = shown + text[place + 1], place + 2
        else:
            assert text[place] not in '{}$&%#_~^<>|`"', text[place:]
            shown, place = shown + text[place], place + 1
    return shown


def from_latex(text):
    tables = []
    for body in re.findall(r"\\begin\{tabular\}.*?\n(.*?)\\end\{tabular\}", text, re.DOTALL):
        lines = [line for line in body.splitlines() if line.endswith(r" \\") and "multicolumn" not in line]
        tables.append([[_latex_cell(cell) for cell in re.split(r"(?<!\\) & ", line[:-3])] for line in lines])
    return tables


def _latex_cell(cell):
    bold = re.match(r"\\textbf\{(.*)\}(.*)", cell)
    if bold:
        return plain(bold[1] + bold[2]), True
    return plain(cell[1:-1] if cell.startswith("{") else cell), False
