"""JSON inside HTML: whatever an id or a title holds, it stays data."""

import json
from typing import Any

_ESCAPED = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def embedded_json(document: Any) -> str:
    """JSON that may stand in a ``script`` element: no text in it can end the element or begin another."""
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    # a lone surrogate has no bytes in UTF-8
    text = text.encode("utf-8", "backslashreplace").decode("utf-8")
    for sign, escape in _ESCAPED.items():
        text = text.replace(sign, escape)
    return text
