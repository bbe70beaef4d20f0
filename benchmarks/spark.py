"""`loubao link --engine spark` beside `loubao link` on one machine: equal, and what it costs.

    python benchmarks/spark.py --work FOLDER [--sizes 100000x1000000 …] [--sets FOLDER …]
                               [--disturbed] [--splink] [--master MASTER] [--conf KEY=VALUE …]

Prints Markdown; exit code 1 when a bar fails. Each set is linked on this machine and on Spark, and
the two tables are compared cell by cell. Processor seconds are those of all processes of a run,
executors and their Python included; an executor's memory is that of its Java process and of what
that started, at its peak. `--sets` are folders with left.parquet and right.parquet.
`--disturbed`: an executor is killed in the middle; a key that 300,000 right rows share; no birth
dates. `--splink`: Splink on the same Spark, on the smallest size.

From the sizes but the largest, cost = a + b × right rows is fitted and the largest is predicted
before it is run.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from link import population
from link_report import Dataset
from match import HERE, loubao, run

MASTER = "local-cluster[2,1,4096]"
CONF = ["spark.executor.memory=2g", "spark.driver.memory=2g"]
#: What loubao has on by itself, and Splink is given: the same Spark.
ENCRYPTED = [
    *("spark.io.encryption.enabled=true", "spark.network.crypto.enabled=true"),
    *("spark.network.crypto.cipher=AES/GCM/NoPadding", "spark.authenticate=true"),
    "spark.authenticate.secret=of-a-benchmark",
]
MOST_EXECUTOR, MOST_GROWTH, LEAST_SPEED, MOST_OFF = 4096.0, 4.4, 3.0, 0.2
_EVERY = 0.5
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Cost:
    """Seconds on the clock and of all processors, peak MB of the largest executor and driver."""

    wall: float = 0.0
    cpu: float = 0.0
    executor: float = 0.0
    driver: float = 0.0
    seconds: dict[str, float] = field(default_factory=dict)


def watched(command: list[str | Path], folder: Path, kill_after: float | None = None) -> Cost:
    """Run a command to its end and return what all of its processes cost.

    `kill_after`: seconds after which one executor is killed.
    """
    cost, used, stop = Cost(), {}, threading.Event()
    with (folder / "said.log").open("wb") as said:
        start = time.perf_counter()
        child = subprocess.Popen(
            command, cwd=folder, stdout=said, stderr=said, start_new_session=True
        )

        def watch() -> None:
            killed = kill_after is None
            while not stop.wait(_EVERY):
                seen = _processes(child.pid)
                used.update({pid: seconds for pid, (_, seconds, _, _) in seen.items()})
                executors = [pid for pid, each in seen.items() if each[3]]
                cost.driver = max(cost.driver, _tree(child.pid, seen, set(executors)))
                for pid in executors:
                    cost.executor = max(cost.executor, _tree(pid, seen, set()))
                if not killed and executors and time.perf_counter() - start > (kill_after or 0):
                    os.kill(executors[0], signal.SIGKILL)
                    killed = True

        watcher = threading.Thread(target=watch)
        watcher.start()
        code = child.wait()
        cost.wall = time.perf_counter() - start
        stop.set()
        watcher.join()
    if code:
        words = (folder / "said.log").read_text(encoding="utf-8", errors="replace")
        raise SystemExit(f"{command[0]}: exit code {code}\n{words[-2000:]}")
    cost.cpu = sum(used.values())
    return cost


def _processes(session: int) -> dict[int, tuple[int, float, float, bool]]:
    """Of each process of a session: parent, processor seconds, MB, whether it is an executor."""
    found = {}
    for path in Path("/proc").glob("[0-9]*"):
        try:
            words = (path / "stat").read_text().rpartition(")")[2].split()
            if int(words[3]) != session:
                continue
            command = (path / "cmdline").read_bytes()
        except (OSError, IndexError):
            continue
        seconds = (int(words[11]) + int(words[12])) / _TICKS
        megabytes = int(words[21]) * os.sysconf("SC_PAGE_SIZE") / 1e6
        executor = b"CoarseGrainedExecutorBackend" in command
        found[int(path.name)] = (int(words[1]), seconds, megabytes, executor)
    return found


def _tree(root: int, seen: dict[int, tuple[int, float, float, bool]], without: set[int]) -> float:
    """MB of a process and of what it started."""
    own = seen[root][2] if root in seen else 0.0
    children = (pid for pid, each in seen.items() if each[0] == root and pid not in without)
    return own + sum(_tree(pid, seen, without) for pid in children)


# -- one set ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Cluster:
    """The master and the settings of every run."""

    master: str
    conf: list[str]

    @property
    def options(self) -> list[str]:
        """As the command takes them."""
        return ["--engine", "spark", "--master", self.master] + [
            word for setting in self.conf for word in ("--conf", setting)
        ]


def on_spark(folder: Path, out: Path, cluster: Cluster, kill_after: float | None = None) -> Cost:
    """Link a set on Spark."""
    sides = [folder / "left.parquet", folder / "right.parquet"]
    command: list[str | Path] = [loubao(), "link", *sides, *cluster.options]
    command += ["--out", out, "--quiet", "--yes"]
    cost = watched(command, out.parent, kill_after)
    report = json.loads((out / "run.json").read_text(encoding="utf-8"))
    cost.seconds = report["seconds"]
    return cost


def difference(one: Path, other: Path) -> str:
    """Return "" for two equal outputs, else what differs."""
    rows = ["left_row", "right_row"]
    tables = [
        pl.read_parquet(path).with_columns(pl.col(rows).cast(pl.Int64)).sort(rows)
        for path in (one / "links.parquet", other / "links.parquet/*.parquet")
    ]
    if tables[0].equals(tables[1]):
        told = [json.loads((out / "run.json").read_text("utf-8")) for out in (one, other)]
        odd = [part for part in ("counts", "issues", "model") if told[0][part] != told[1][part]]
        return f"run.json: {', '.join(odd)}" if odd else ""
    pairs = [set(table.select(rows).rows()) for table in tables]
    return f"{len(pairs[0] ^ pairs[1])} of {len(pairs[0] | pairs[1])} pairs, or cells of them"


def compared(
    name: str, folder: Path, work: Path, cluster: Cluster, kill_after: float | None = None
) -> tuple[Cost, bool]:
    """Link a set on both engines; print a line; what Spark cost, and whether both are equal."""
    here, there = work / f"here-{name}", work / f"spark-{name}"
    sides = [folder / "left.parquet", folder / "right.parquet"]
    one = run([loubao(), "link", *sides, "--out", here, "--quiet", "--yes"], work)
    cost = on_spark(folder, there, cluster, kill_after)
    odd = difference(here, there)
    print(
        f"| {name} | {one.wall:.1f} | {one.cpu:.1f} | {cost.wall:.1f} | {cost.cpu:.1f} "
        f"| {cost.executor:.0f} | {cost.driver:.0f} | {odd or 'equal'} |",
        flush=True,
    )
    return cost, not odd and cost.executor <= MOST_EXECUTOR


_HEAD = (
    "| set | one machine: wall s | processor s | Spark: wall s | processor s | executor MB "
    "| driver MB | tables |\n|---|--:|--:|--:|--:|--:|--:|---|"
)


# -- what may go wrong ----------------------------------------------------------------------------


def disturbed(work: Path, base: Path, cluster: Cluster) -> bool:
    """Sets that are out of the ordinary: a key that many share, no birth dates, a lost executor."""
    left, right = (pl.read_parquet(base / f"{side}.parquet") for side in ("left", "right"))
    number = right["身份证号码"].drop_nulls()[0]
    many = min(300_000, right.height * 3 // 10)
    shared = pl.int_range(right.height) < many
    sets = {
        "a number that many rows share": (
            left.with_columns(
                身份证号码=pl.when(pl.int_range(left.height) < 50)
                .then(pl.lit(number))
                .otherwise("身份证号码")
            ),
            right.with_columns(
                身份证号码=pl.when(shared).then(pl.lit(number)).otherwise("身份证号码")
            ),
        ),
        "no birth dates": tuple(each.drop("出生日期") for each in (left, right)),
    }
    held = []
    for name, sides in sets.items():
        folder = work / name.replace(" ", "-")
        folder.mkdir(exist_ok=True)
        for side, table in zip(("left", "right"), sides, strict=True):
            table.write_parquet(folder / f"{side}.parquet")
        held.append(compared(name, folder, work, cluster)[1])
    held.append(compared("an executor killed", base, work, cluster, kill_after=60.0)[1])
    return all(held)


def beside_splink(work: Path, data: Dataset, cluster: Cluster, cost: Cost) -> bool:
    """Splink on the same Spark; `cost`: what `compared` has measured of loubao."""
    base = data.folder
    answer = work / "splink-spark.parquet"
    sides = [base / "left.parquet", base / "right.parquet"]
    script = HERE / "peers" / "splink_spark.py"
    command: list[str | Path] = [sys.executable, script, *sides, answer]
    command += [cluster.master, *cluster.conf, *ENCRYPTED]
    peer = watched(command, work)
    scores = {}
    own = work / f"here-{data.name}" / "links.parquet"
    for name, path in (("loubao", own), ("Splink", answer)):
        done = subprocess.run(
            [sys.executable, HERE / "peers" / "best_candidates.py", path, base],
            stdout=subprocess.PIPE,
            check=True,
        )
        scores[name] = json.loads(done.stdout)["best"]["f1"]
    print(
        f"\nSplink 5 on the same Spark: {peer.wall:.1f} s, {peer.cpu:.1f} processor s; loubao "
        f"{peer.cpu / cost.cpu:.1f} × as fast by processor seconds (at least {LEAST_SPEED}), "
        f"F1 {scores['loubao']:.4f} against {scores['Splink']:.4f}"
    )
    return peer.cpu >= LEAST_SPEED * cost.cpu and scores["loubao"] > scores["Splink"]


# -- how cost grows -------------------------------------------------------------------------------


def predicted(costs: dict[int, float], rows: int) -> float:
    """Return a + b × rows, by least squares of the costs at other sizes.

    >>> predicted({1: 3.0, 2: 5.0}, 4)
    9.0
    """
    n = len(costs)
    x, y = sum(costs) / n, sum(costs.values()) / n
    slope = sum((r - x) * (c - y) for r, c in costs.items()) / sum((r - x) ** 2 for r in costs)
    return y + slope * (rows - x)


def report(args: argparse.Namespace) -> bool:
    """Measure and print everything; whether every bar holds."""
    work = args.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    cluster = Cluster(args.master, args.conf)
    print(f"# link on Spark, {args.master}\n\n{_HEAD}", flush=True)
    held = [compared(path.name, path.resolve(), work, cluster)[1] for path in args.sets]
    costs: dict[int, float] = {}
    measured: dict[int, Cost] = {}
    sets = [population(work, size, 1) for size in args.sizes]
    for data in sorted(sets, key=lambda each: each.rows):
        told = len(costs) > 1 and data.rows == max(each.rows for each in sets)
        expected = predicted(costs, data.rows) if told else None
        if expected is not None:
            print(f"\npredicted for {data.name}: {expected:.0f} processor s\n\n{_HEAD}")
        measured[data.rows], holds = compared(data.name, data.folder, work, cluster)
        costs[data.rows] = measured[data.rows].cpu
        held.append(holds)
        if expected is not None:
            held.append(abs(expected / costs[data.rows] - 1) <= MOST_OFF)
        quarter = costs.get(data.rows // 4)
        if quarter:
            grown = costs[data.rows] / quarter
            print(f"\nfour times the rows: {grown:.2f} × (at most {MOST_GROWTH})\n")
            held.append(grown <= MOST_GROWTH)
    base = min(sets, key=lambda each: each.rows) if sets else None
    if base and args.disturbed:
        held.append(disturbed(work, base.folder, cluster))
    if base and args.splink:
        held.append(beside_splink(work, base, cluster, measured[base.rows]))
    return all(held)


def main() -> None:
    """Read the command line, measure, exit with 1 when a bar fails."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--work", type=Path, required=True, help="folder that keeps the sets made")
    parser.add_argument("--sizes", nargs="*", default=["100000x1000000"])
    parser.add_argument("--sets", nargs="*", type=Path, default=[])
    parser.add_argument("--master", default=MASTER)
    parser.add_argument("--conf", nargs="*", default=CONF)
    parser.add_argument("--disturbed", action="store_true")
    parser.add_argument("--splink", action="store_true")
    sys.exit(0 if report(parser.parse_args()) else 1)


if __name__ == "__main__":
    main()
