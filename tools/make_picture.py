"""Make the pictures in docs/ from the sample.

    python tools/make_picture.py

The month of May goes out, its sheets come back, June follows: village-sheet.png is the first page
of a village sheet of June as it prints, summary.png that of 汇总.xlsx, progress.png that of
进度.xlsx; report.png and report-ages.png are report.html on a screen, report-print.png is a page of
it as it prints; review.png is a question of `loubao review`. Needs LibreOffice, poppler and
Chromium on the machine (Debian: libreoffice-calc, poppler-utils, chromium, a CJK font).
"""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.request import urlopen

ROOT = Path(__file__).resolve().parents[1]
SAMPLE = ROOT / "sample_data"
VILLAGE = "东园镇/灵溪社区"
COLLECTED = "2022-06-20"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        ledger = ("--ledger", str(Path(folder) / "loubao.db"))
        returned, back = str(SAMPLE / "returned-2022-05"), str(Path(folder) / "back")
        loubao("match", str(SAMPLE / "2022-05"), "--out", str(Path(folder) / "may"), *ledger)
        loubao("collect", returned, "--out", back, "--as-of", COLLECTED, *ledger)
        loubao("progress", "--out", folder, "--as-of", COLLECTED, *ledger)
        loubao("match", str(SAMPLE / "2022-06"), "--out", str(out), *ledger)
        book(Path(folder) / "进度.xlsx", "progress")
        book(out / "核查表" / f"{VILLAGE}.xlsx", "village-sheet")
        book(out / "汇总.xlsx", "summary")
        desk(folder, out, *ledger)
        report = out / "report.html"
        screen(report, "", 1560, "report")
        others = "header, section:not(#overlap, #ages) { display: none }"
        screen(report, others, 1060, "report-ages")
        printed = Path(folder) / "report.pdf"
        chromium(folder, f"--print-to-pdf={printed}", "--no-pdf-header-footer", report.as_uri())
        page(printed, 2, "report-print")


def loubao(*arguments: str) -> None:
    start = "from loubao.cli import main; main()"
    rules = ("--rules", str(ROOT / "rules"))
    run(sys.executable, "-c", start, *arguments, *rules, "--quiet")


def book(path: Path, name: str) -> None:
    """The first page of a workbook as it prints."""
    folder = path.parent
    run("soffice", "--headless", "--convert-to", "pdf", "--outdir", str(folder), str(path))
    page(folder / f"{path.stem}.pdf", 1, name)


def desk(folder: str, out: Path, *ledger: str) -> None:
    """The first question with two candidates, on a small screen."""
    rules = ("--rules", str(ROOT / "rules"))
    command = ("review", str(out), "--reader", "甲", "--no-browser", *ledger, *rules)
    server = subprocess.Popen(
        [sys.executable, "-m", "loubao", *command], stdout=subprocess.PIPE, text=True
    )
    assert server.stdout is not None
    address = server.stdout.readline().partition("：")[2].strip()
    several = next(
        f"{address}{number}"
        for number in range(1000)
        if b'name="candidate" value="1"' in urlopen(f"{address}{number}").read()
    )
    picture = f"--screenshot={ROOT / 'docs' / 'review.png'}"
    chromium(folder, picture, "--window-size=1366,768", "--hide-scrollbars", several)
    server.send_signal(signal.SIGINT)
    server.wait(20)


def page(pdf: Path, number: int, name: str) -> None:
    picture = ROOT / "docs" / name
    run("pdftoppm", "-r", "120", "-f", str(number), "-singlefile", "-png", str(pdf), str(picture))


def screen(report: Path, style: str, height: int, name: str) -> None:
    """A picture of the report on a screen, with a style of its own."""
    text = report.read_text(encoding="utf-8").replace("</style>", f"{style}</style>", 1)
    shown = report.with_name("shown.html")
    shown.write_text(text, encoding="utf-8")
    picture = f"--screenshot={ROOT / 'docs' / name}.png"
    size = f"--window-size=1280,{height}"
    chromium(str(report.parent.parent), picture, size, "--hide-scrollbars", shown.as_uri())


def chromium(folder: str, *options: str) -> None:
    profile = f"--user-data-dir={folder}/browser"
    run("chromium", "--headless", "--no-sandbox", "--disable-gpu", profile, *options)


def run(*command: str) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
