"""A month's cases → the ledger: what lies behind the posting, and whether there is any."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from loubao.casework.sheets import book_path
from loubao.casework.standing import standing
from loubao.events import Document, Edition, Posting
from loubao.ledger import posting as writing
from loubao.ledger.connection import Connection
from loubao.pipeline.brought_forward import Before
from loubao.pipeline.exports import Export
from loubao.pipeline.following import Followed
from loubao.rules import Rules


def completed(
    followed: Followed,
    data: Path,
    exports: Sequence[Export],
    rules: Rules,
    counts: Mapping[str, Any],
    late_reason: str | None,
) -> Posting:
    """Return the posting with its digest and the files behind it, but for the sheets."""
    inputs = [
        Document("input", e.file, e.sha256, e.bytes, place=str((data / e.file).resolve()))
        for e in exports
    ]
    texts = [
        Document("rule", name, digest, (rules.folder / name).stat().st_size)
        for name, digest in rules.digests.items()
    ]
    posting = followed.posting
    assert posting is not None
    told = [posting.month, posting.as_of, [(d.role, d.name, d.sha256) for d in (*inputs, *texts)]]
    return replace(
        posting,
        digest=hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest(),
        counts=dict(counts),
        late_reason=late_reason,
        documents=(
            *inputs,
            *(replace(d, content=(rules.folder / d.name).read_bytes()) for d in texts),
        ),
    )


def sheet_documents(
    followed: Followed, path: Callable[[str], Path], rules: Rules
) -> tuple[Document, ...]:
    """Return the workbooks of the editions that are issued now, as they were written."""
    issued = followed.posting.editions if followed.posting else ()
    new = {(edition.town, edition.village): edition for edition in issued}
    documents = []
    for village in followed.villages:
        edition: Edition | None = new.get((village.town, village.place))
        if edition is not None:
            name = book_path(village, rules.sheets)
            content = path(name).read_bytes()
            digest = hashlib.sha256(content).hexdigest()
            documents.append(
                Document("issued", f"第{edition.number}版/{name}", digest, len(content), content)
            )
    return tuple(documents)


def post(held: Connection, posting: Posting, sheets: tuple[Document, ...], ledger: Before) -> None:
    """Post the month and the sheets issued, unless the ledger knows all of it already."""
    told = {each.case_id: each.news for each in posting.naming or ()}
    nothing = not (posting.cases or posting.events or posting.editions or posting.sightings)
    if nothing and told == ledger.known.named and posting.digest == ledger.digest:
        return
    now = datetime.now().astimezone().isoformat(timespec="seconds")
    whole = replace(posting, documents=(*posting.documents, *sheets))
    writing.post(held, whole, now, standing)
