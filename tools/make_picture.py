"""Make docs/village-sheet.png: the first page of a village sheet of the sample, as it prints.

    python tools/make_picture.py

Needs LibreOffice and poppler on the machine (Debian: libreoffice-calc, poppler-utils, a CJK font).
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
        picture = ROOT / "docs" / "village-sheet"
        run("pdftoppm", "-r", "120", "-f", "1", "-singlefile", "-png", str(pdf), str(picture))


def run(*command: str) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
