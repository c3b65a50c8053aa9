"""A headless Chromium, driven over its DevTools protocol through a pair of pipes: nothing to install."""

import base64
import contextlib
import itertools
import json
import os
import select
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--hide-scrollbars",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--remote-debugging-pipe",
)
PATIENCE = 60.0
"""Seconds that one answer may take on a busy machine."""
READ, WRITE = 3, 4
"""Where Chromium expects its ends of the pipes."""


def find_browser():
    """Path of a Chromium, or None."""
    return os.environ.get("RAIE_BROWSER") or next(filter(None, map(shutil.which, NAMES)), None)


class Browser:
    """One process, one tab at a time; use it as a context."""

    def __init__(self, program):
        self._profile = tempfile.mkdtemp(prefix="chromium-")
        (their_in, self._out), (self._in, their_out) = os.pipe(), os.pipe()
        command = f'exec "$@" {READ}<&{their_in} {WRITE}>&{their_out}'
        self._process = subprocess.Popen(
            [
                "bash",
                "-c",
                command,
                "browser",
                program,
                *FLAGS,
                f"--user-data-dir={self._profile}",
                "about:blank",
            ],
            pass_fds=(their_in, their_out),
            stderr=subprocess.DEVNULL,
        )
        os.close(their_in)
        os.close(their_out)
        self._ids, self._rest, self.events = itertools.count(1), b"", []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with contextlib.suppress(OSError, EOFError):
            self.send("Browser.close")
        os.close(self._out)
        os.close(self._in)
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        shutil.rmtree(self._profile, ignore_errors=True)

    def send(self, method, session=None, **params):
        """Call a method and return its result; events on the way are kept."""
        number = next(self._ids)
        message = {"id": number, "method": method, "params": params}
        if session:
            message["sessionId"] = session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._receive(PATIENCE)
            if answer.get("id") == number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']['message']}")
                return answer["result"]
            self.events.append(answer)

    def wait(self, session, method, since=0):
        """Wait until an event of this name has come in, those kept already among them."""
        for event in self.events[since:]:
            if event.get("method") == method and event.get("sessionId") == session:
                return event
        while True:
            event = self._receive(PATIENCE)
            self.events.append(event)
            if event.get("method") == method and event.get("sessionId") == session:
                return event

    def _receive(self, patience):
        end = time.monotonic() + patience
        while b"\0" not in self._rest:
            if not select.select([self._in], [], [], max(0.0, end - time.monotonic()))[0]:
                raise TimeoutError("the browser does not answer")
            part = os.read(self._in, 1 << 16)
            if not part:
                raise EOFError("the browser has ended")
            self._rest += part
        message, _, self._rest = self._rest.partition(b"\0")
        return json.loads(message)


class Tab:
    """A page that is open, and everything it asked for or complained about."""

    def __init__(self, browser, file: Path, anchor="", *, width=1280, height=900, phone=False, dark=False):
        self._browser = browser
        context = browser.send("Target.createBrowserContext")["browserContextId"]
        target = browser.send("Target.createTarget", url="about:blank", browserContextId=context)["targetId"]
        self._target = target
        self._session = browser.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.send(f"{domain}.enable")
        self.send(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=height, deviceScaleFactor=2 if phone else 1, mobile=phone,
        )  # fmt: skip
        schemes = {"prefers-color-scheme": "dark" if dark else "light", "prefers-reduced-motion": "reduce"}
        self.prefer(**schemes)
        self.open(f"{file.resolve().as_uri()}{anchor}")

    def prefer(self, **features):
        """Emulate what a reader prefers."""
        self.send(
            "Emulation.setEmulatedMedia", features=[{"name": n, "value": v} for n, v in features.items()]
        )

    def open(self, url):
        """Go to an address and wait until it has loaded."""
        since = len(self._browser.events)
        self.send("Page.navigate", url=url)
        self._browser.wait(self._session, "Page.loadEventFired", since)

    def send(self, method, **params):
        """Call a method of this tab."""
        return self._browser.send(method, self._session, **params)

    def evaluate(self, expression):
        """Value of an expression in the page."""
        answer = self.send("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(answer["exceptionDetails"]["exception"].get("description"))
        return answer["result"].get("value")

    def press(self, key, *, code=None, number=0, text=None, shift=False):
        """Press and release a key."""
        params = {"key": key, "code": code or key, "windowsVirtualKeyCode": number, "modifiers": 8 * shift}
        down = {"type": "keyDown", "text": text} if text else {"type": "rawKeyDown"}
        self.send("Input.dispatchKeyEvent", **down, **params)
        self.send("Input.dispatchKeyEvent", type="keyUp", **params)

    def type(self, text):
        """Type text where the focus is."""
        self.send("Input.insertText", text=text)

    def picture(self, file: Path, **options):
        """Keep a picture of what is visible."""
        file.write_bytes(
            base64.b64decode(self.send("Page.captureScreenshot", format="png", **options)["data"])
        )

    def complaints(self):
        """Errors and warnings of the console, and exceptions."""
        self.evaluate("0")
        said = []
        for event in self._mine("Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded"):
            params = event["params"]
            level = params.get("type") or params.get("entry", {}).get("level") or "error"
            if level in ("error", "warning", "assert"):
                said.append(json.dumps(params)[:400])
        return said

    def requests(self):
        """Addresses that were asked for, the page itself and data: left out."""
        urls = [event["params"]["request"]["url"] for event in self._mine("Network.requestWillBeSent")]
        page = self.evaluate("location.href").partition("#")[0]
        return [
            url for url in urls if url.partition("#")[0] != page and not url.startswith(("data:", "about:"))
        ]

    def close(self):
        """Close the tab."""
        self._browser.send("Target.closeTarget", targetId=self._target)

    def _mine(self, *methods):
        return [
            e for e in self._browser.events if e.get("sessionId") == self._session and e["method"] in methods
        ]
