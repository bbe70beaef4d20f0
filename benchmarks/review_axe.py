"""What axe-core finds on the pages of the desk.

    npm pack axe-core && tar xzf axe-core-*.tgz package/axe.min.js
    python benchmarks/review_axe.py package/axe.min.js

Serves invented questions, opens each kind of page in a headless Chromium on a screen of 1366×768
and prints every finding. axe-core (Deque Systems, MPL 2.0) is taken for this alone and not shipped.
"""

from __future__ import annotations

import queue
import sys
import tempfile
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.browser import browser
from tests.desk.invented import Invented
from tests.desk.test_browser import screen

from loubao.desk.serving import serve
from loubao.rules.sheets import load_printed

RULES = Path(__file__).resolve().parents[1] / "rules"
PLACES = ("0", "1", "2", "settle/2", "done", "differing", "nowhere")
_RUN = """
axe.run().then((r) => ({
  checked: r.passes.length + r.violations.length + r.incomplete.length,
  violations: r.violations.map((v) => [v.impact, v.id, v.help, v.nodes.length, v.nodes[0].html]),
  unclear: r.incomplete.map((v) => [v.impact, v.id, v.nodes.length]),
}))
"""


def main() -> int:
    """Return 1 where axe-core finds anything."""
    script = Path(sys.argv[1]).read_text(encoding="utf-8")
    questions, addresses = Invented(), queue.Queue[str]()
    questions.decide(0, "unsure", None)
    words = load_printed(RULES, "sheets").review.desk
    serving = threading.Thread(
        target=serve, args=(questions, words, addresses.put), kwargs={"browser": False}
    )
    serving.start()
    address = addresses.get(timeout=20)
    found = 0
    with tempfile.TemporaryDirectory() as folder, browser(Path(folder) / "profile") as page:
        for place in PLACES:
            page.open(address + place)
            screen(page)
            page.ask(f"{script}; 0")
            told = page.wait_for(_RUN)
            found += len(told["violations"])
            print(f"{place:12} {told['checked']} rules, violations {len(told['violations'])}")
            for each in (*told["violations"], *told["unclear"]):
                print("   ", *each)
        page.open(address + "0")
        page.turn("document.querySelector('form[action$=end] button').click()")
    serving.join(20)
    return int(found > 0)


if __name__ == "__main__":
    sys.exit(main())
