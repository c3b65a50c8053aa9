"""Datasets fetched over a real connection: whole, broken off, changed on the way, or not there."""

import functools
import hashlib
import http.server
import io
import threading
import zipfile

import pytest

from raie.exceptions import MissingError, RefusedError, TransientError, UsageError
from raie.interactions import download
from raie.interactions.download import Archive, fetch_dataset

RATINGS, MOVIES = b"1::2::5::10\n" * 50_000, b"2::Title (1999)::Drama\n"


def packed(**members):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, value in (("ml/ratings.dat", RATINGS), ("ml/movies.dat", MOVIES), *members.items()):
            archive.writestr(name, value)
    return content.getvalue()


CONTENT = packed()


class Answers(http.server.BaseHTTPRequestHandler):
    """Gives the archive from where it is asked for, as many bytes of it as the server may."""

    def do_GET(self):
        self.server.asked.append(self.headers.get("Range"))
        content, start = self.server.content, 0
        if self.path != "/ml.zip":
            self.send_error(404)
            return
        if self.server.resumes and "Range" in self.headers:
            start = int(self.headers["Range"].removeprefix("bytes=").rstrip("-"))
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        self.wfile.write(content[start : start + self.server.at_most])
        self.close_connection = True

    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture
def server(monkeypatch):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    server.content, server.at_most, server.resumes, server.asked = CONTENT, len(CONTENT), True, []
    server.url = f"http://127.0.0.1:{server.server_address[1]}/ml.zip"
    members = (("ml/ratings.dat", 10**6), ("ml/movies.dat", 10**3))
    archive = Archive(server.url, len(CONTENT), hashlib.md5(CONTENT).hexdigest(), members)
    monkeypatch.setitem(download.ARCHIVES, "small", archive)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def fetch(tmp_path):
    return functools.partial(fetch_dataset, "small", tmp_path / "here", tell=lambda *_: None)


def contents(files):
    return [file.read_bytes() for file in files]


def test_an_archive_is_fetched_checked_and_unpacked_once(server, fetch):
    files = fetch()
    assert [file.name for file in files] == ["ratings.dat", "movies.dat"]
    assert contents(files) == [RATINGS, MOVIES]
    assert fetch() == files
    assert server.asked == [None]
    assert not list(files[0].parent.glob("*.part"))


def test_what_broke_off_goes_on_where_it_was(server, fetch):
    server.at_most = 1000
    for have in (1000, 2000):
        with pytest.raises(TransientError, match=rf"{have} of {len(CONTENT)} bytes.*run the command again"):
            fetch()
    server.at_most = len(CONTENT)
    assert contents(fetch()) == [RATINGS, MOVIES]
    assert server.asked == [None, "bytes=1000-", "bytes=2000-"]


def test_a_server_that_only_knows_the_whole_begins_anew(server, fetch):
    server.resumes, server.at_most = False, 1000
    with pytest.raises(TransientError):
        fetch()
    server.at_most = len(CONTENT)
    assert contents(fetch()) == [RATINGS, MOVIES]


@pytest.mark.parametrize("change", [lambda content: content[:-1] + b"?", lambda content: content + b"more"])
def test_what_is_not_what_was_published_is_removed(server, fetch, tmp_path, change):
    server.content = change(CONTENT)
    server.at_most = len(server.content)
    with pytest.raises(RefusedError, match="what arrived is not .*published are"):
        fetch()
    assert list((tmp_path / "here").iterdir()) == []
    server.content = CONTENT
    assert contents(fetch()) == [RATINGS, MOVIES]


def test_a_member_larger_than_it_may_be_is_never_unpacked(server, fetch, monkeypatch, tmp_path):
    content = packed(**{"ml/bomb.dat": b"0" * 10**6})
    server.content, server.at_most = content, len(content)
    members = (("ml/bomb.dat", 1000), ("ml/movies.dat", 1000))
    archive = Archive(server.url, len(content), hashlib.md5(content).hexdigest(), members)
    monkeypatch.setitem(download.ARCHIVES, "small", archive)
    with pytest.raises(RefusedError, match="holds more than 1000 bytes"):
        fetch()
    assert not (tmp_path / "here/bomb.dat").exists()


def test_an_archive_without_the_member_is_refused(server, fetch, monkeypatch):
    archive = download.ARCHIVES["small"]
    other = Archive(archive.url, archive.size, archive.md5, (("ml/other.dat", 10),))
    monkeypatch.setitem(download.ARCHIVES, "small", other)
    with pytest.raises(RefusedError, match="is no archive with ml/other.dat"):
        fetch()


def test_who_does_not_answer_is_named(server, fetch):
    with pytest.raises(MissingError, match="answers 404"):
        fetch(mirror=server.url + "x")
    with pytest.raises(MissingError, match=r"nowhere\.invalid cannot be reached .*go online"):
        fetch(mirror="http://nowhere.invalid/ml.zip")


def test_what_cannot_be_fetched_says_what_to_do(fetch, tmp_path):
    with pytest.raises(UsageError, match="there is no dataset 'netflix': use one of movielens-1m"):
        fetch_dataset("netflix", tmp_path, tell=lambda *_: None)
    with pytest.raises(UsageError, match="accepts its terms.*data.source: yelp"):
        fetch_dataset("yelp", tmp_path, tell=lambda *_: None)


def test_only_web_addresses_are_opened(server, fetch):
    with pytest.raises(UsageError, match="is no web address"):
        fetch(mirror="file:///etc/passwd")
