"""Make the pictures in docs/ from the sample.

    python tools/make_picture.py

village-sheet.png is the first page of a village sheet as it prints; report.png and report-ages.png
are report.html on a screen, report-print.png is a page of it as it prints. Needs LibreOffice,
poppler and Chromium on the machine (Debian: libreoffice-calc, poppler-utils, chromium, a CJK font).
"""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VILLAGE = "张坂镇/崇山村"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        run("loubao", "match", str(ROOT / "sample_data" / "2022-06"), "--out", str(out), "--quiet")
        sheet = out / "核查表" / f"{VILLAGE}.xlsx"
        run("soffice", "--headless", "--convert-to", "pdf", "--outdir", folder, str(sheet))
        pdf = Path(folder) / f"{sheet.stem}.pdf"
        page(pdf, 1, "village-sheet")
        report = out / "report.html"
        screen(report, "", 1560, "report")
        others = "header, section:not(#overlap, #ages) { display: none }"
        screen(report, others, 1060, "report-ages")
        printed = Path(folder) / "report.pdf"
        chromium(folder, f"--print-to-pdf={printed}", "--no-pdf-header-footer", report.as_uri())
        page(printed, 2, "report-print")


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
