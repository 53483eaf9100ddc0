"""What the packages' audit makes of pip-audit's answer; PyPI itself is asked by hand."""

import json
import subprocess

import pytest

from tests import audit_packages

FINE = {"name": "a", "version": "1", "vulns": []}
WEAK = {
    "name": "b",
    "version": "2",
    "vulns": [
        {"id": "PYSEC-1", "fix_versions": ["2.1", "3.0"]},
        {"id": "PYSEC-2", "fix_versions": []},
    ],
}
SILENT = {"name": "c", "skip_reason": "not found"}


@pytest.mark.parametrize(
    ("packages", "ends", "said"),
    [
        ([FINE], 0, ["1 packages asked about, 0 weaknesses known"]),
        ([FINE, WEAK], 1, ["b 2: PYSEC-1, mended in 2.1, 3.0", "b 2: PYSEC-2, mended in no ver"]),
        ([FINE, SILENT], 2, ["1 packages asked about", "could not be asked about 1: c"]),
        ([WEAK, SILENT], 1, ["PYSEC-1", "asked about 1: c"]),
    ],
)
def test_silence_is_no_good_news(
    packages: list[dict[str, object]],
    ends: int,
    said: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    answer = json.dumps({"dependencies": packages}).encode()
    done = subprocess.CompletedProcess(["pip-audit"], 0, answer)
    monkeypatch.setattr(subprocess, "run", lambda *_args, **_facts: done)
    assert audit_packages.main([]) == ends
    shown = capsys.readouterr().out
    assert [line for line in said if line not in shown] == []
