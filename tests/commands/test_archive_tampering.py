"""What somebody can do to an archive, and what it is found by.

Held against the ledger, and against the seal on the transfer slip, every kind is found. `ALONE` is
what an archive shows by itself: whoever writes the manifest anew is found there only where the
archive no longer agrees with itself (docs/security.md).
"""

from __future__ import annotations

import csv
import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from loubao.commands.archive import Proof, archive, verify
from loubao.core.faults import Fault, UntrustedInput, Usage
from loubao.ledger.connection import writing
from loubao.ledger.copying import backup
from loubao.ledger.postings import post
from loubao.rules import shipped_rules
from tests.commands.office import REPOSITORY, loubao
from tests.ledger.invented import TIME, answers, make, month, placed, verified

INPUT, ANOTHER = "名单/2022-06/低保.csv", "名单/2022-07/特困.csv"
RULE, RETURN = "规则/2022-06/screening.yaml", "回收/2022-06/上浦村.xlsx"
SHEET = "下发/2022-06/第1版/核查表/洛阳镇/上浦村.xlsx"


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger, an archive of it, and that of a month before; nobody writes here."""
    root = tmp_path_factory.mktemp("shelf")
    (root / "exports").mkdir()
    for name in ("低保.csv", "特困.csv"):
        (root / "exports" / name).write_bytes("姓名,身份证号\n".encode() + name.encode())
    ledger = root / "loubao.db"
    with writing(ledger) as opened:
        post(opened, placed(root / "exports" / "低保.csv", month()), TIME)
        post(opened, answers(verified(1), verified(2, "ineligible")), TIME)
    archive(root / "earlier", ledger, None, REPOSITORY / "rules")
    with writing(ledger) as opened:
        post(opened, placed(root / "exports" / "特困.csv", month(4, month="2022-07")), TIME)
    backup(ledger, root / "before.db")
    report = archive(root / "archive", ledger, None, REPOSITORY / "rules")
    (root / "slip").write_text(report["seal"], encoding="utf-8")
    return root


@pytest.fixture
def desk(shelf: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(shelf, tmp_path / "desk"))


def manifest_of(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    return found


def told_anew(folder: Path, **facts: Any) -> None:
    """Write the manifest as loubao would have, of what lies in the folder now."""
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir() and not any(path.iterdir()):
            path.rmdir()
    manifest = manifest_of(folder)
    files = {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "manifest.json"
    }
    counts = {**manifest["counts"], "kept": len(files) - 1}
    text = json.dumps(
        {**manifest, "counts": counts, **facts, "files": files}, ensure_ascii=False, indent=1
    )
    (folder / "manifest.json").write_text(text + "\n", encoding="utf-8")


def anew(change: Callable[[Path], object], **facts: Any) -> Callable[[Path], None]:
    """Change something, and write the manifest anew."""

    def forge(folder: Path) -> None:
        change(folder)
        told_anew(folder, **facts)

    return forge


def on(name: str, change: Callable[[Path], object]) -> Callable[[Path], object]:
    return lambda folder: change(folder / name)


def longer(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b" ")


def said(path: Path, **facts: Any) -> None:
    manifest = manifest_of(path.parent)
    path.write_text(json.dumps({**manifest, **facts}, ensure_ascii=False), encoding="utf-8")


def linked(path: Path) -> None:
    away = path.rename(outside(path))
    path.symlink_to(away)


def outside(path: Path) -> Path:
    """A place beside the archive."""
    return next(above for above in path.parents if above.name == "desk") / "away"


def linked_hard(path: Path) -> None:
    os.link(path, outside(path))


def exchanged(folder: Path) -> None:
    one, other = folder / INPUT, folder / ANOTHER
    content = one.read_bytes()
    one.write_bytes(other.read_bytes())
    other.write_bytes(content)


def rows(path: Path, change: Callable[[list[dict[str, str]]], object]) -> None:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        found = list(csv.DictReader(stream))
    names = list(found[0])
    change(found)
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        table = csv.DictWriter(stream, names)
        table.writeheader()
        table.writerows(found)


def events(change: Callable[[list[dict[str, str]]], object]) -> Callable[[Path], None]:
    return lambda folder: rows(folder / "events.csv", change)


def posted(change: Callable[[list[dict[str, str]]], object]) -> Callable[[Path], None]:
    return lambda folder: rows(folder / "postings.csv", change)


def no_inputs(folder: Path) -> None:
    shutil.rmtree(folder / "名单")


def another_archive(folder: Path) -> None:
    """One of another ledger, made by loubao, in the place of this."""
    shutil.rmtree(folder)
    other = folder.with_name("other.db")
    make(other)
    archive(folder, other, None, REPOSITORY / "rules")


def earlier_archive(folder: Path) -> None:
    shutil.rmtree(folder)
    shutil.copytree(folder.with_name("earlier"), folder)


#: Found by the archive alone: with no ledger, no seal, no signature.
ALONE: dict[str, Callable[[Path], object]] = {
    "a bit of an input": on(INPUT, lambda p: p.write_bytes(bytes([p.read_bytes()[0] ^ 1]) + b"x")),
    "an input made longer": on(INPUT, longer),
    "an input emptied": on(INPUT, lambda path: path.write_bytes(b"")),
    "an input gone": on(INPUT, Path.unlink),
    "all inputs gone": no_inputs,
    "two inputs exchanged": exchanged,
    "an input under another name": on(INPUT, lambda path: path.rename(path.with_name("残疾.csv"))),
    "an input in another folder": on(INPUT, lambda path: path.rename(path.parents[2] / path.name)),
    "a file more": on("名单/新.csv", Path.touch),
    "a hidden file more": on(".名单.csv", lambda path: path.write_bytes(b"x")),
    "a file like that of an open workbook": on("~$名单.csv", lambda p: p.write_bytes(bytes(9999))),
    "an empty folder more": on("名单/2022-08", Path.mkdir),
    "a folder like that of an open workbook": on("~$名单", Path.mkdir),
    "a log beside a table": on("events.csv-wal", Path.touch),
    "a link in place of an input": on(INPUT, linked),
    "a hard link to an input": on(INPUT, linked_hard),
    "a link in place of a folder": on("名单/2022-06", linked),
    "a link in place of the index": on("目录.xlsx", linked),
    "a link in place of the events": on("events.csv", linked),
    "a link in place of the manifest": on("manifest.json", linked),
    "a hard link to the manifest": on("manifest.json", linked_hard),
    "a link that leads nowhere": on("名单/新.csv", lambda path: path.symlink_to("nowhere")),
    "a pipe in place of an input": on(INPUT, lambda path: (path.unlink(), os.mkfifo(path))),
    "a folder in place of an input": on(INPUT, lambda path: (path.unlink(), path.mkdir())),
    "a rule changed": on(RULE, longer),
    "a sheet changed": on(SHEET, longer),
    "a return gone": on(RETURN, Path.unlink),
    "the index changed": on("目录.xlsx", longer),
    "the index gone": on("目录.xlsx", Path.unlink),
    "the manifest gone": on("manifest.json", Path.unlink),
    "the manifest emptied": on("manifest.json", lambda path: path.write_bytes(b"")),
    "the manifest of a list": on("manifest.json", lambda path: path.write_text("[]")),
    "the manifest too deep": on("manifest.json", lambda path: path.write_text("[" * 100_000)),
    "a path out of the archive": lambda folder: said(
        folder / "manifest.json", files={**manifest_of(folder)["files"], "../slip": "00" * 32}
    ),
    "the same path in another spelling": lambda folder: said(
        folder / "manifest.json",
        files={
            **{name: d for name, d in manifest_of(folder)["files"].items() if name != INPUT},
            f"./{INPUT}": manifest_of(folder)["files"][INPUT],
        },
    ),
    "an event changed, manifest anew": anew(events(lambda e: e[7].update(on_date="2022-07-01"))),
    "an answer changed, manifest anew": anew(
        events(lambda e: e[6].update(detail=e[6]["detail"].replace("eligible", "ineligible")))
    ),
    "an event gone, manifest anew": anew(events(lambda e: e.pop())),
    "an event more, manifest anew": anew(events(lambda e: e.append({**e[-1], "event_id": "99"}))),
    "two events exchanged, manifest anew": anew(events(lambda e: e.insert(0, e.pop(1)))),
    "events of nobody, manifest anew": anew(events(lambda e: e[0].update(case_id="x"))),
    "events too deep, manifest anew": anew(events(lambda e: e[0].update(detail="[" * 100_000))),
    "a posting's time, manifest anew": anew(posted(lambda p: p[0].update(posted_at=TIME + " "))),
    "a posting's version, manifest anew": anew(posted(lambda p: p[0].update(version="0"))),
    "a posting's counts, manifest anew": anew(posted(lambda p: p[0].update(counts='{"cases": 4}'))),
    "a posting's digests, manifest anew": anew(
        posted(lambda p: p[1].update(parts=p[1]["parts"].replace("a", "b")))
    ),
    "a posting gone, manifest anew": anew(posted(lambda p: p.pop())),
    "all postings gone, manifest anew": anew(posted(list.clear)),
    "counts of the manifest": anew(lambda _: None, counts={"postings": 3, "events": 9, "kept": 9}),
    "months of the manifest": anew(lambda _: None, months=["2022-06"]),
    "chain of the manifest": anew(lambda _: None, chain="00" * 32),
}
#: Found by the ledger and by the seal; alone such an archive agrees with itself.
PROVED: dict[str, Callable[[Path], object]] = {
    "the day of the archive": anew(lambda _: None, archived="2022-12-31T09:00:00+08:00"),
    "the version of the archive": anew(lambda _: None, loubao="0"),
    "files missing from the start": anew(
        no_inputs, counts={"postings": 3, "events": 14, "kept": 7, "missing": 2, "changed": 0}
    ),
    "the index forged": anew(on("目录.xlsx", longer)),
    "an input forged": anew(on(INPUT, longer)),
    "an input gone and struck off": anew(on(INPUT, Path.unlink)),
    "all inputs gone and struck off": anew(no_inputs),
    "an input added and written in": anew(on("名单/2022-06/新.csv", lambda p: p.write_bytes(b"x"))),
    "an input moved and written in": anew(
        on(INPUT, lambda path: path.rename(path.parents[1] / "2022-07" / path.name))
    ),
    "two inputs exchanged and written in": anew(exchanged),
    "a rule forged": anew(on(RULE, longer)),
    "a sheet forged": anew(on(SHEET, longer)),
    "a return forged": anew(on(RETURN, longer)),
    "a return gone and struck off": anew(on(RETURN, Path.unlink)),
    "case numbers exchanged": anew(events(lambda e: e[0].update(case_no=e[1]["case_no"]))),
    "the manifest spelt otherwise": lambda folder: said(folder / "manifest.json"),
    "an archive of another ledger": another_archive,
}
KINDS = {**ALONE, **PROVED}


def refused(folder: Path, proof: Proof) -> bool:
    try:
        verify(folder, proof)
    except Fault as fault:
        assert fault.exit_code == (2 if "不是归档文件夹" in fault.message else 3), fault.message
        return True
    return False


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_found_and_by_what(desk: Path, kind: str) -> None:
    folder, slip = desk / "archive", (desk / "slip").read_text(encoding="utf-8")
    KINDS[kind](folder)
    assert refused(folder, Proof(desk / "loubao.db"))
    assert refused(folder, Proof(seal=slip))
    assert refused(folder, Proof()) is (kind in ALONE)


def test_there_are_more_than_forty() -> None:
    assert len(KINDS) >= 60


def test_left_as_it_was(desk: Path) -> None:
    folder, slip = desk / "archive", (desk / "slip").read_text(encoding="utf-8")
    for proof, sealed in (
        (Proof(), None),
        (Proof(desk / "loubao.db"), "ledger"),
        (Proof(seal=f" {slip[:32].upper()} {slip[32:]}\n"), "given"),
        (Proof(desk / "loubao.db", seal=slip), "given"),
    ):
        assert verify(folder, proof)["sealed"] == sealed
    for name in ("Thumbs.db", "名单/.DS_Store", "名单/~$低保.csv"):
        (folder / name).write_bytes(b"left behind")
    os.utime(folder / INPUT)
    (folder / INPUT).chmod(0o644)  # times and modes are not promised
    assert verify(folder, Proof(desk / "loubao.db"))["files"] == 10


def test_whoever_gives_a_file_a_name_is_not_named(desk: Path) -> None:
    for name in ("黎晗潇.txt", "名单/990101196003050119.csv"):
        (desk / "archive" / name).write_bytes(b"x")
    with pytest.raises(UntrustedInput) as caught:
        verify(desk / "archive", Proof(rules=shipped_rules()))
    assert "黎**.txt 是归档后加入的" in caught.value.message
    assert "名单/990101********0119.csv 是归档后加入的" in caught.value.message


def test_an_earlier_archive_is_itself(desk: Path) -> None:
    """In the place of a later one only the seal on the slip tells it apart."""
    folder, slip = desk / "archive", (desk / "slip").read_text(encoding="utf-8")
    earlier_archive(folder)
    assert not refused(folder, Proof(desk / "loubao.db"))
    assert refused(folder, Proof(seal=slip))


def test_an_older_ledger(desk: Path) -> None:
    """A copy from before the archive, put in the place of the ledger, does not know its seal."""
    with pytest.raises(UntrustedInput, match=r"封存号在台账 .* 里没有"):
        verify(desk / "archive", Proof(desk / "before.db"))
    slip = (desk / "slip").read_text(encoding="utf-8")
    assert verify(desk / "archive", Proof(desk / "before.db", seal=slip))["sealed"] == "given"


def test_a_ledger_that_cannot_keep_the_seal(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK)
    with pytest.raises(Usage, match="只能读"):
        archive(desk / "new", desk / "loubao.db", None, REPOSITORY / "rules")
    assert not (desk / "new").exists()


def test_seals_on_the_screen(desk: Path) -> None:
    slip = (desk / "slip").read_text(encoding="utf-8")
    run = loubao("archive", "archive", "--seals", "--ledger", "loubao.db", cwd=desk)
    first, second = run.out.splitlines()
    assert "2022-06  " in first
    assert second.endswith(f"2022-06 至 2022-07  {slip}")
    run = loubao("archive", "archive", "--verify", "--seal", slip[:-1] + "x", cwd=desk)
    assert (run.code, "封存号与给出的不同" in run.err) == (3, True)
    run = loubao("archive", "archive", "--verify", "--seal", slip, cwd=desk)
    assert (run.code, "与给出的相同" in run.out) == (0, True)


# Signed by the office


@pytest.fixture
def keys(tmp_path: Path) -> Iterator[Path]:
    if shutil.which("ssh-keygen") is None:
        pytest.skip("no ssh-keygen")
    for name in ("office", "stranger"):
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / name)]
        subprocess.run(command, check=True)
    yield tmp_path


def signed(desk: Path, keys: Path) -> Path:
    run = loubao(
        *("archive", "signed", "--ledger", "loubao.db", "--sign-key", str(keys / "office")),
        cwd=desk,
    )
    assert run.code == 0, run.err
    return desk / "signed"


def test_a_signature_holds(desk: Path, keys: Path) -> None:
    folder = signed(desk, keys)
    assert (folder / "manifest.json.sig").stat().st_mode & 0o777 == 0o600
    report = verify(folder, Proof(signer=keys / "office.pub"))
    assert (report["signed"], report["signer"]) == (True, "office.pub")
    assert "没有核对" in loubao("archive", "signed", "--verify", cwd=desk).out
    assert verify(folder, Proof(desk / "loubao.db"))["sealed"] == "ledger"


BROKEN: dict[str, Callable[[Path], object]] = {
    "signature gone": on("manifest.json.sig", Path.unlink),
    "signature of something else": on("manifest.json.sig", lambda path: path.write_text("x")),
    "signature a link": on("manifest.json.sig", linked),
    "forged": lambda folder: (longer(folder / INPUT), unsigned(folder, signed=True)),
    "forged and unsigned": lambda folder: (longer(folder / INPUT), unsigned(folder, signed=False)),
}


def unsigned(folder: Path, signed: bool) -> None:
    signature = (folder / "manifest.json.sig").read_bytes()
    (folder / "manifest.json.sig").unlink()
    told_anew(folder, signed=signed)
    if signed:
        (folder / "manifest.json.sig").write_bytes(signature)


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN.keys())
def test_a_signature_that_does_not_hold(desk: Path, keys: Path, broken) -> None:  # type: ignore[no-untyped-def]
    folder = signed(desk, keys)
    broken(folder)
    assert refused(folder, Proof(signer=keys / "office.pub"))


def test_other_keys(desk: Path, keys: Path) -> None:
    folder = signed(desk, keys)
    with pytest.raises(UntrustedInput, match=r"不是 .* 签的"):
        verify(folder, Proof(signer=keys / "stranger.pub"))
    with pytest.raises(Usage, match="不是 SSH 公钥"):
        verify(folder, Proof(signer=keys / "office"))
    with pytest.raises(UntrustedInput, match="归档时没有签名"):
        verify(desk / "archive", Proof(signer=keys / "office.pub"))
    (keys / "notes").write_text("no key", encoding="utf-8")
    for key in ("notes", "gone"):
        run = loubao(
            *("archive", "new", "--ledger", "loubao.db", "--sign-key", str(keys / key)), cwd=desk
        )
        assert run.code == 2
        assert not (desk / "new").exists()
    assert (
        len(
            json.loads(
                loubao("archive", "x", "--seals", "--ledger", "loubao.db", "--json", cwd=desk).out
            )["seals"]
        )
        == 3
    )  # a refused one leaves no seal
