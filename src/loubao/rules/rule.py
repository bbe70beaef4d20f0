"""The base of every rule model, and the small types that rules share; no frames are loaded."""

from __future__ import annotations

from string import Formatter
from typing import Annotated, TypeAlias

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict


class Rule(BaseModel):
    """Base of every rule: frozen, and a key that is not known is an error.

    Deferred: only the rule that a whole file is gets a validator of its own, not each of its parts.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, defer_build=True)


def _texts(value: object) -> object:
    """A single text stands for a list of one."""
    return (value,) if isinstance(value, str) else value


Texts: TypeAlias = Annotated[tuple[str, ...], BeforeValidator(_texts)]


def filled(*names: str) -> AfterValidator:
    """A text whose braces name only what the program fills in."""

    def check(text: str) -> str:
        try:
            found = [part for part in Formatter().parse(text) if part[1] is not None]
        except ValueError:
            raise ValueError("花括号没有成对") from None
        for _, name, spec, conversion in found:
            if name not in names or spec or conversion:
                known = "、".join(f"{{{each}}}" for each in names) or "（无）"
                raise ValueError(f"不能写 {{{name}}}，可用：{known}")
        return text

    return AfterValidator(check)
