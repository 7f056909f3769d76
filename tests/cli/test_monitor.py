"""`synthkit monitor`: exit codes for cron, JSON, and a report."""

from __future__ import annotations

import gzip
import json

import pytest


@pytest.fixture(scope="module")
def rows(credit) -> list[bytes]:
    return gzip.decompress(credit.read_bytes()).splitlines(keepends=True)


@pytest.fixture
def files(rows, tmp_path):
    """Forty rows of the same kind; a thousand with every third price ten times as high; and some without a target."""
    head, body = rows[0], rows[401:441]
    at = head.decode().strip().split(",").index("Price")
    dear = [line.decode().rstrip("\n").split(",") for line in rows[401:1401]]
    for fields in dear[::3]:
        fields[at] += "0"
    words = {
        "same": [head, *body],
        "dear": [head, *(",".join(fields).encode() + b"\n" for fields in dear)],
        "bare": [b",".join(line.rstrip(b"\n").split(b",")[1:]) + b"\n" for line in [head, *body]],
    }
    for name, lines in words.items():
        (tmp_path / f"{name}.csv").write_bytes(b"".join(lines))
    return tmp_path


def test_exit_codes_say_what_to_do(ring, files, finished):
    assert (files / "bare.csv").read_bytes().count(b"Status") == 0
    same = ring("monitor", "same.csv", "--model", finished)
    assert (same.exit_code, same.output.split()[1]) == (0, "UNSETTLED"), same.output
    assert ring("monitor", "same.csv", "--model", finished, "--strict", "-q").exit_code == 4
    dear = ring("monitor", "dear.csv", "--model", finished)
    assert (dear.exit_code, dear.output.split()[1]) == (5, "RETRAIN")
    assert "Price" in dear.output and "ALL_ROWS.csv --target Status" in dear.output
    assert ring("monitor", "bare.csv", "--model", finished, "-q").exit_code == 6
    lost = ring("monitor", "same.csv", "--model", files)
    assert lost.exit_code == 1 and "generate" in lost.output


def test_json_and_report(ring, files, finished, few):
    options = ("--learned", few, "--drop", "Job,Home", "--json", "-o", "w.html")
    done = ring("monitor", "dear.csv", "--model", finished, *options)
    found = json.loads(done.output)
    assert (found["verdict"], done.exit_code) == ("RETRAIN", 5)
    assert found["drifts"][0]["column"] == "Price" and found["files"] == {"report": "w.html"}
    assert not {"Job", "Home"} & {d["column"] for d in found["drifts"]}
    assert "Retrain" in (files / "w.html").read_text()
    assert ring("monitor", "same.csv", "--model", finished, "-o", "w.pdf").exit_code == 1
