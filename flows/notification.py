"""The summary of a run, posted to a webhook. The address is a secret: it is never said."""

import logging
import os
import time
from typing import Any

import httpx

from raie.params import NotificationParams

TRIES = 3
TIMEOUT = 10.0
"""Seconds."""
PAUSE = 1.0
"""Seconds before the second try; doubled before the third."""
TOO_MANY = 429

# it writes every address it asks
logging.getLogger("httpx").setLevel(logging.WARNING)


def notify(document: dict[str, Any], params: NotificationParams) -> str | None:
    """Post a summary if params ask for it.

    Returns
    -------
    str or None
        What went wrong, in one line.
    """
    if not _wanted(document, params):
        return None
    address = os.environ.get(params.url_variable)
    if not address:
        return f"no notification sent: the environment variable {params.url_variable} is not set"
    fault = None
    for number in range(TRIES):
        if number:
            time.sleep(PAUSE * 2 ** (number - 1))
        fault, again = _post(document, address)
        if not again:
            break
    return fault and f"no notification sent: the address in {params.url_variable} {fault}"


def _wanted(document: dict[str, Any], params: NotificationParams) -> bool:
    trouble = document["status"] != "promoted" or bool(document["watch"])
    return params.when == "always" or (params.when == "trouble" and trouble)


def _post(document: dict[str, Any], address: str) -> tuple[str | None, bool]:
    """What went wrong, if anything, and whether another try may help."""
    try:
        answer = httpx.post(address, json=document, timeout=TIMEOUT)
    except (httpx.InvalidURL, httpx.UnsupportedProtocol, ValueError):
        return "is no http address", False
    except httpx.RequestError as error:
        return f"could not be reached ({type(error).__name__})", True
    if answer.is_success:
        return None, False
    return f"answered {answer.status_code}", answer.is_server_error or answer.status_code == TOO_MANY
