"""The webhook gets the summary when params ask for it; its address is never said."""

import json
import logging
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from flows.notification import TRIES, notify
from raie.params import NotificationParams

FINE = {"status": "promoted", "watch": [], "headline": "2024-03-01: promoted."}
WATCHED = {**FINE, "watch": ["a file was refused"]}
REFUSED = {**FINE, "status": "refused candidate"}
SECRET = "/hooks/s3cr3t"


@pytest.fixture
def webhook(monkeypatch):
    """A server that answers with the statuses in ``answers``, the last one for good."""

    class Hook(BaseHTTPRequestHandler):
        answers, received = [200], []

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.received.append((self.path, json.loads(body)))
            self.send_response(self.answers.pop(0) if len(self.answers) > 1 else self.answers[0])
            self.end_headers()

        def log_message(self, *_):
            pass

    monkeypatch.setattr("flows.notification.PAUSE", 0.01)
    server = HTTPServer(("127.0.0.1", 0), Hook)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("A_HOOK", f"http://127.0.0.1:{server.server_port}{SECRET}")
    yield Hook
    server.shutdown()
    server.server_close()


def asked(when):
    return NotificationParams(when=when, url_variable="A_HOOK")


@pytest.mark.parametrize(
    ("when", "document", "sent"),
    [
        ("never", REFUSED, False),
        ("trouble", FINE, False),
        ("trouble", WATCHED, True),
        ("trouble", REFUSED, True),
        ("always", FINE, True),
    ],
)
def test_what_is_sent_when(webhook, when, document, sent):
    assert notify(document, asked(when)) is None
    assert webhook.received == ([(SECRET, document)] if sent else [])


def test_a_server_that_stumbles_is_asked_again(webhook):
    webhook.answers[:] = [503, 429, 204]
    assert notify(FINE, asked("always")) is None
    assert len(webhook.received) == 3


@pytest.mark.parametrize(("status", "tries"), [(500, TRIES), (404, 1), (302, 1)])
def test_one_that_will_not_have_it_is_named_by_its_variable(webhook, caplog, status, tries):
    webhook.answers[:] = [status]
    with caplog.at_level(logging.DEBUG, "raie"), caplog.at_level(logging.INFO, "prefect"):
        line = notify(FINE, asked("always"))
    assert line == f"no notification sent: the address in A_HOOK answered {status}"
    assert len(webhook.received) == tries
    assert SECRET not in caplog.text


@pytest.mark.parametrize(
    ("address", "words"),
    [
        (f"http://127.0.0.1:1{SECRET}", "could not be reached"),
        (f"nowhere{SECRET}", "is no http address"),
        (f"http://127.0.0.1:port{SECRET}", "is no http address"),
        ("", "the environment variable A_HOOK is not set"),
    ],
)
def test_an_address_that_leads_nowhere_is_a_line_and_no_error(monkeypatch, caplog, address, words):
    monkeypatch.setattr("flows.notification.PAUSE", 0.0)
    monkeypatch.setenv("A_HOOK", address)
    line = notify(FINE, asked("always"))
    assert words in line
    assert SECRET not in line + caplog.text


def test_without_the_variable_that_is_said(monkeypatch):
    monkeypatch.delenv("A_HOOK", raising=False)
    assert "A_HOOK is not set" in notify(FINE, asked("always"))
