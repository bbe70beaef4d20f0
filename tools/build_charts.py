"""Make the chart library that report.html carries: the parts of Apache ECharts that it needs.

    python tools/build_charts.py

Needs node and npm. Versions are pinned in tools/charts/; the same versions give the same bytes.
Writes charts.min.js and LICENSES.txt beside the template of the report.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "tools" / "charts"
TARGET = ROOT / "src" / "loubao" / "report" / "page"
#: Browsers of five years ago.
BROWSERS = "chrome90,edge90,firefox88,safari14"
LICENCES = (
    ("echarts", "LICENSE", "Apache-2.0"),
    ("echarts", "NOTICE", ""),
    ("echarts", "licenses/LICENSE-d3", "BSD-3-Clause"),
    ("zrender", "LICENSE", "BSD-3-Clause"),
    ("tslib", "LICENSE.txt", "0BSD"),
)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder) / "charts"
        shutil.copytree(SOURCE, work)
        run("npm", "ci", "--no-audit", "--no-fund", cwd=work)
        modules = work / "node_modules"
        versions = [
            f"{name} {json.loads((modules / name / 'package.json').read_text())['version']}"
            for name in ("echarts", "zrender", "tslib")
        ]
        banner = f"/*! {', '.join(versions)}; Apache-2.0, BSD-3-Clause, 0BSD */"
        run(
            *(str(modules / ".bin" / "esbuild"), "charts.js", "--bundle", "--minify"),
            *("--format=iife", "--global-name=charts", f"--target={BROWSERS}", "--charset=ascii"),
            *("--legal-comments=none", f"--banner:js={banner}", "--outfile=charts.min.js"),
            cwd=work,
        )
        script = (work / "charts.min.js").read_text(encoding="ascii")
        if "</script" in script:
            raise SystemExit("the bundle would end the element that holds it")
        (TARGET / "charts.min.js").write_text(script, encoding="ascii")
        texts = [
            f"{name}: {file} {kind}".strip()
            + "\n\n"
            + (modules / name / file).read_text(encoding="utf-8").strip()
            for name, file, kind in LICENCES
        ]
        bar = "\n\n" + "=" * 78 + "\n\n"
        (TARGET / "LICENSES.txt").write_text(bar.join(texts) + "\n", encoding="utf-8")


def run(*command: str, cwd: Path) -> None:
    subprocess.run(command, check=True, cwd=cwd, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
