"""`loubao review` under ill treatment: killed, opened twice, refused, flooded; for both stores.

    python benchmarks/review_hostile.py [--kills N] [--seed S] [--requests N]

A month (the sample's June) and a link of two invented tables are reviewed over the wire. Each
server is killed (SIGKILL) at a moment drawn from the seed while it is sent decisions; the next one
is sent the unconfirmed decision again, as a page that was open would. Asserted: every decision
that was confirmed is kept, once, in its order; nothing else is. Then: a second page, a busy ledger,
requests without token, with a foreign Host or Origin, by GET for a change, oversized, and many at
once: refused, nothing written.
"""

from __future__ import annotations

import argparse
import asyncio
import http.client
import random
import re
import resource
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

import polars as pl

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from loubao.desk.guard import LARGEST_BODY
from loubao.ledger.connection import reading, writing
from loubao.ledger.integrity import audit
from loubao.workspace.verdict_file import NAME, holding, read_verdicts

_LOUBAO = (sys.executable, "-m", "loubao")
_WAS = re.compile(r'name="was" value="([^"]*)"')
_TOTAL = re.compile(r"共 (\d+) 人")
_CHOICES = ("different", "same")
_LONGEST = 0.25  # seconds after the first decision that a server lives at the most


@dataclass
class Store:
    """A folder to review in, and what was confirmed there."""

    work: Path
    arguments: tuple[str, ...] = ()
    confirmed: list[str] = field(default_factory=list)

    def kept(self) -> list[str]:
        """The choices that were kept, in order."""
        raise NotImplementedError

    def check(self) -> None:
        """Assert that what is kept is whole."""

    @contextmanager
    def busy(self) -> Iterator[None]:
        """Hold it as another run does."""
        yield


class Ledger(Store):
    """The ledger of the sample's June."""

    def kept(self) -> list[str]:
        """See `Store`."""
        with reading(self.work / "loubao.db") as connection:
            rows = connection.execute(
                "SELECT posting_id, min(choice), count(*), count(DISTINCT case_id || other),"
                " count(DISTINCT case_id) FROM reviewed GROUP BY posting_id ORDER BY posting_id"
            ).fetchall()
        assert all(count == pairs and cases == 1 for _, _, count, pairs, cases in rows)
        return [choice for _, choice, *_ in rows]

    def check(self) -> None:
        """See `Store`."""
        with reading(self.work / "loubao.db") as connection:
            assert audit(connection) == []

    @contextmanager
    def busy(self) -> Iterator[None]:
        """See `Store`."""
        with writing(self.work / "loubao.db"):
            yield


class Verdicts(Store):
    """The file of verdicts beside a link."""

    def kept(self) -> list[str]:
        """See `Store`."""
        file = self.work / self.arguments[0] / NAME
        if not file.is_file():
            return []
        rows = holding(read_verdicts(file))
        grouped = rows.group_by("decision", maintain_order=True).agg(
            pl.col("choice").min(), pl.len(), pl.col("right_key").n_unique().alias("pairs")
        )
        assert (grouped["len"] == grouped["pairs"]).all()
        return grouped["choice"].to_list()


def month(work: Path) -> Ledger:
    """Make the sample's June."""
    run(work.parent, "init", str(work), "--sample")
    for step in (["match", "2022-05"], ["collect", "returned-2022-05", "--as-of", "2022-06-20"],
                 ["match", "2022-06"]):  # fmt: skip
        run(work, *step)
    return Ledger(work)


def link(work: Path, rng: random.Random) -> Verdicts:
    """Link two invented tables: one character of each name is another one."""
    work.mkdir(parents=True)
    rows: dict[str, list[list[str]]] = {"名单.csv": [], "在册.csv": []}
    for place in range(60):
        name = rng.choice("庄骆何汪卢涂") + chr(0x4E00 + 40 * place) + rng.choice("涛敏静")
        born = f"19{rng.randrange(40, 99)}-0{rng.randrange(1, 9)}-1{rng.randrange(0, 9)}"
        rows["名单.csv"].append([name, born, "上浦村"])
        rows["在册.csv"].append([name[:-1] + "丽", born, "上浦村"])
    for file, people in rows.items():
        lines = [",".join(each) for each in [["姓名", "出生日期", "村"], *people]]
        (work / file).write_text("\n".join(lines), encoding="utf-8")
    run(work, "link", "名单.csv", "在册.csv")
    return Verdicts(work, ("out/名单-在册",))


def run(folder: Path, *arguments: str) -> None:
    """Run a command; end where it fails."""
    done = subprocess.run([*_LOUBAO, *arguments, "--json"], cwd=folder, capture_output=True)
    if done.returncode:
        raise SystemExit(done.stdout[-400:].decode() + done.stderr[-400:].decode())


@dataclass
class Page:
    """A server, and a page of it."""

    server: subprocess.Popen[str]
    host: str
    base: str

    @classmethod
    def of(cls, store: Store) -> Page:
        """Start a server."""
        command = [*_LOUBAO, "review", *store.arguments, "--reader", "甲", "--no-browser"]
        server = subprocess.Popen(
            command, cwd=store.work, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert server.stdout is not None
        line = server.stdout.readline()
        if "：" not in line:
            raise SystemExit(f"no page: {server.wait()} {server.stderr and server.stderr.read()}")
        _, _, host, token, _ = line.split("：", 1)[1].strip().split("/")
        return cls(server, host, f"/{token}")

    def ask(self, method: str, path: str, **fields: object) -> tuple[int, str]:
        """Send a request as the page does."""
        connection = http.client.HTTPConnection(self.host, timeout=30)
        headers = {"Origin": f"http://{self.host}"} if method == "POST" else {}
        try:
            connection.request(method, self.base + path, urlencode(fields), headers)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def was(self, number: int) -> str:
        """When what holds of a question was decided."""
        found = _WAS.search(self.ask("GET", f"/{number}")[1])
        assert found is not None
        return found.group(1)

    def decide(self, number: int, was: str, choice: str) -> int:
        """Send a decision; return the status."""
        told = {"number": number, "was": was, "choice": choice, "candidate": 0}
        return self.ask("POST", "/decide", **told)[0]

    def total(self) -> int:
        """How many questions there are."""
        found = _TOTAL.search(self.ask("GET", "/0")[1])
        assert found is not None
        return int(found.group(1))

    def end(self) -> int:
        """End it by its button; return its exit code."""
        self.ask("POST", "/end")
        return self.server.wait(20)


def kill(store: Store, kills: int, rng: random.Random) -> tuple[int, int]:
    """Kill servers; return how many decisions were confirmed, and how many came in unconfirmed."""
    pending: tuple[int, str, str] | None = None
    unconfirmed = 0
    for turn in range(kills):
        page = Page.of(store)
        before = store.kept()
        if pending is not None:
            # what was on its way came in as a whole, or not at all; sent again it is there once
            assert before[: len(store.confirmed)] == store.confirmed, turn
            assert len(before) - len(store.confirmed) in (0, 1), turn
            unconfirmed += len(before) - len(store.confirmed)
            assert page.decide(*pending) == 303
            store.confirmed.append(pending[2])
            assert store.kept() == store.confirmed, turn
        numbers = rng.sample(range(total := page.total()), total)
        ends = time.monotonic() + rng.uniform(0.0, _LONGEST)
        killer = _killed_at(page.server, ends)
        pending = None
        for number in numbers:
            choice = rng.choice(_CHOICES)
            was = ""
            try:
                was = page.was(number)
                pending = number, was, choice
                if page.decide(number, was, choice) != 303:
                    raise SystemExit("refused")
            except (OSError, http.client.HTTPException):
                break
            store.confirmed.append(choice)
            pending = None
        killer.wait()
        page.server.wait()
        if pending is None:
            kept = store.kept()
            assert kept == store.confirmed, turn
    if pending is not None:  # the last one on its way counts if it came in
        kept = store.kept()
        unconfirmed += len(kept) - len(store.confirmed)
        assert kept[: len(store.confirmed)] == store.confirmed
        store.confirmed = kept
    store.check()
    return len(store.confirmed), unconfirmed


def _killed_at(server: subprocess.Popen[str], ends: float) -> subprocess.Popen[bytes]:
    """Kill a server at a time, from a process of its own."""
    wait = max(0.0, ends - time.monotonic())
    code = f"import os, time; time.sleep({wait}); os.kill({server.pid}, {int(signal.SIGKILL)})"
    return subprocess.Popen([sys.executable, "-S", "-c", code])


def refused(store: Store, requests: int) -> dict[str, object]:
    """Send what is to be refused; return what was answered, and how long the flood took."""
    page = Page.of(store)
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # of this side alone
    before = store.kept()
    told: dict[str, object] = {}
    second = subprocess.run(
        [*_LOUBAO, "review", *store.arguments, "--reader", "乙", "--no-browser"],
        cwd=store.work,
        capture_output=True,
    )
    told["second page"] = f"exit {second.returncode}"
    assert second.returncode == 4
    was = page.was(0)
    if isinstance(store, Ledger):
        with store.busy():
            assert page.decide(0, was, "different") == 303
            told["ledger busy"] = "没有登记" in page.ask("GET", "/0")[1]
            assert told["ledger busy"]
    body = urlencode({"number": 0, "was": was, "choice": "different"})
    own = f"http://{page.host}"
    for name, method, path, headers, content in (
        ("no token", "POST", "/decide", {"Origin": own}, body),
        ("wrong token", "POST", "/" + "x" * 32 + "/decide", {"Origin": own}, body),
        ("foreign Host", "POST", page.base + "/decide", {"Origin": own, "Host": "a.example"}, body),
        ("foreign Origin", "POST", page.base + "/decide", {"Origin": "http://evil.example"}, body),
        ("no Origin", "POST", page.base + "/decide", {}, body),
        ("GET for a change", "GET", page.base + "/decide?" + body, {}, None),
        ("PUT", "PUT", page.base + "/decide", {"Origin": own}, body),
        ("oversized", "POST", page.base + "/decide", {"Origin": own}, "x" * (LARGEST_BODY + 1)),
    ):  # fmt: skip
        connection = http.client.HTTPConnection(page.host, timeout=30)
        connection.request(method, path, content, headers)
        told[name] = connection.getresponse().status
        connection.close()
        assert told[name] in (403, 404, 405, 413, 421), name
    start = time.perf_counter()
    codes = asyncio.run(_flood(page, body, requests))
    told[f"{requests} at once"] = f"{codes} in {time.perf_counter() - start:.1f} s"
    assert 303 not in codes
    status = Path(f"/proc/{page.server.pid}/status").read_text(encoding="utf-8")
    told["memory of the server"] = re.findall(r"VmHWM:\s+(.*)", status)[0]
    deadline = time.monotonic() + 30
    while page.ask("GET", "/0")[0] != 200 and time.monotonic() < deadline:
        time.sleep(0.2)
    assert page.ask("GET", "/0")[0] == 200, "the page answers after it"
    assert store.kept() == before, "nothing was written"
    assert page.end() == 0
    told["it said"] = page.server.stderr.read()[-300:] if page.server.stderr else ""
    resource.setrlimit(resource.RLIMIT_NOFILE, (1024, most))
    return told


async def _flood(page: Page, body: str, requests: int) -> dict[object, int]:
    """Send decisions from a foreign page, all at once; return how often each status came."""
    host, port = page.host.split(":")
    text = (
        f"POST {page.base}/decide HTTP/1.1\r\nHost: {page.host}\r\nOrigin: http://evil.example\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}"
    ).encode()
    codes: dict[object, int] = {}

    async def one() -> None:
        code: object = "closed"
        with suppress(OSError, asyncio.IncompleteReadError, TimeoutError):
            reader, writer = await asyncio.open_connection(host, int(port))
            writer.write(text)
            line = await asyncio.wait_for(reader.readline(), 60)
            code = int(line.split()[1]) if line else "closed"
            writer.close()
        codes[code] = codes.get(code, 0) + 1

    await asyncio.gather(*(one() for _ in range(requests)))
    return codes


def main() -> int:
    """Run all of it on both stores; return 0, or raise where something does not hold."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--kills", type=int, default=100)
    asked.add_argument("--seed", type=int, default=16)
    asked.add_argument("--requests", type=int, default=10_000)
    given = asked.parse_args()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (1024, most))  # what an office machine gives it
    rng = random.Random(given.seed)
    with tempfile.TemporaryDirectory() as folder:
        for name, store in (
            ("verdict file", link(Path(folder) / "link", rng)),
            ("ledger", month(Path(folder) / "month")),
        ):
            start = time.perf_counter()
            confirmed, unconfirmed = kill(store, given.kills, rng)
            print(f"{name}: killed {given.kills} times in {time.perf_counter() - start:.0f} s;"
                  f" {confirmed} decisions confirmed, all kept, none double;"
                  f" {unconfirmed} came in and were not confirmed", flush=True)  # fmt: skip
            for what, answer in refused(store, given.requests).items():
                print(f"    {what:22} {answer}", flush=True)
    return 0


if __name__ == "__main__":
    with suppress(sqlite3.Error):
        sys.exit(main())
