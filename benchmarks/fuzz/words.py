"""The wordings of words.yaml, by name."""

import random
from pathlib import Path
from typing import Any

import yaml

WORDS: dict[str, Any] = yaml.safe_load(
    (Path(__file__).parent / "words.yaml").read_text(encoding="utf-8")
)


def say(rng: random.Random, key: str, **values: Any) -> Any:
    """One of the templates of a name, filled in; "!x" is the value x as it is."""
    template = rng.choice(WORDS[key])
    if not isinstance(template, str):
        return template
    return values[template[1:]] if template.startswith("!") else template.format(**values)
