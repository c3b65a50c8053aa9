"""Documents as stages and gates write them, and a page taken apart."""

import json
from html.parser import HTMLParser

HOSTILE = "<script src='http://x/y.js'>alert(1)</script>\"&\u202e\n"
VOID = {"meta", "line", "rect", "link", "br", "hr", "img", "input"}


class Outline(HTMLParser):
    """Tags in order, every end matched with its start; text; all attributes."""

    def __init__(self, page):
        super().__init__()
        self.open, self.tags, self.attributes, self.text = [], [], [], ""
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]

    def handle_data(self, data):
        if self.open[-1:] != ["style"]:
            self.text += data

    def values(self, name):
        return [value for _, each, value in self.attributes if each == name]


def a_gate(name, **changed):
    expectation = {
        "suite": name,
        "expectation": "ExpectColumnValuesToBeBetween",
        "column": "norm",
        "reason": "is no unit vector",
        "success": True,
        "unexpected": 0,
        "severity": "critical",
    }
    return {
        "gate": name,
        "passed": True,
        "headline": f"{name} are sound",
        "counts": {"windows": 1419},
        "thresholds": {"norm_tolerance": 0.001},
        "warnings": [],
        "expectations": [expectation],
        **changed,
    }


def a_check(name, difference, *, margin=0.01, half=0.005, judged=True, reason="no loss"):
    low, high = (difference - half, difference + half) if judged else (None, None)
    return {
        "name": name,
        "windows": 400,
        "champion": 0.5,
        "candidate": 0.5 + difference,
        "difference": difference,
        "low": low,
        "high": high,
        "max_loss": margin,
        "passed": not judged or not (difference < -margin and high < 0),
        "judged": judged,
        "reason": reason,
    }


INTERACTIONS = a_gate(
    "interactions",
    headline="1500 rows accepted",
    counts={"rows": 1541, "accepted": 1500, "duplicates": 41, "refused": 0, "refused_share": 0.0},
    reasons={},
    files=[
        {"file": "a.csv", "rows": 1541, "accepted": 1500, "duplicates": 41, "refused": 0, "passed": True,
         "headline": "1500 rows accepted"}
    ],
)  # fmt: skip
PROMOTION = {
    "promoted": True,
    "headline": "promoted: newest held-out +0.020",
    "first": False,
    "checks": [a_check("newest held-out", 0.02), a_check("retention of r0002", 0.0, judged=False)],
    "confidence": 0.95,
    "k": 10,
}
METRICS = {
    "forward": {
        "windows": 1419,
        "fallback_share": 0.0625,
        "ambiguous_share": 0.125,
        "routed": {"recall_at_10": 0.4375, "ndcg_at_10": 0.25},
        "base": {"recall_at_10": 0.40625, "ndcg_at_10": 0.21875},
    },
    "setup_heldout": {
        "windows": 1647,
        "fallback_share": 0.03125,
        "routed": {"recall_at_10": 0.5625, "ndcg_at_10": 0.3},
        "base": {"recall_at_10": 0.546875, "ndcg_at_10": 0.3},
    },
}
EDITS = (
    ("update", "r0001", [], 700),
    ("expand", "r0002", [], 90),
    ("add", "r0005", ["r0002"], 80),
    ("reject", "r0001", [], 30),
    ("merge", "r0002", ["r0003"], 0),
    ("retire", "r0004", [], 0),
)


def edit_lines(edits):
    records = [
        {"operation": operation, "region": region, "parents": parents, "n_sequences": n}
        for operation, region, parents, n in edits
    ]
    return "".join(json.dumps({"edit": record, "date": "2024-03-05"}) + "\n" for record in records)
