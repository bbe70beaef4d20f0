"""The output of a run on any file system that Spark writes to: whole, or not there.

It is written beside its place and renamed. A store of objects has no renaming of folders: there
run.json comes last, and what has none is no output.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from loubao.core.faults import Usage
from loubao.spark.batches import from_java
from loubao.workspace.output_folder import MANIFEST

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

#: Schemes of stores of objects.
_OBJECTS = ("s3a:", "s3:", "s3n:", "gs:", "oss:", "obs:", "cosn:", "wasb:", "wasbs:")


def is_elsewhere(out: str) -> bool:
    """Return whether an output has a scheme, so that it is not a path of this machine.

    >>> is_elsewhere("hdfs://bureau/out"), is_elsewhere("out/2022")
    (True, False)
    """
    return "://" in out


def literal(path: str) -> str:
    r"""Return a path as Spark reads it, which takes some signs for patterns.

    >>> print(literal("out/名单[1].parquet"))
    out/名单\[1\].parquet
    """
    return re.sub(r"([][{}*?\\])", r"\\\1", path)


@dataclass
class Draft:
    """Where to write; `manifest` is what run.json shall hold."""

    uri: str
    manifest: Mapping[str, Any] | None = None


@contextmanager
def output_elsewhere(spark: SparkSession, out: str, shown: str) -> Iterator[Draft]:
    """Give a draft that takes the place of `out` when the block ends without fault.

    Raises `Usage` for a folder that is not loubao's, and where nothing can be written.
    """
    try:
        store = _Store.of(spark, out)
        store.refuse_other(shown)
        store.clear()
        draft = Draft(store.text(store.partial))
        try:
            yield draft
            store.put_in_place(draft)
        finally:
            store.clear()
    except Exception as error:
        if from_java(error):
            raise Usage(f"--out {shown} 写不进去，请核对路径、权限和存储的设置（--conf）") from None
        raise


@dataclass(frozen=True)
class _Store:
    """A folder `target` in a file system of Hadoop's, and what may lie beside it."""

    system: Any
    target: Any
    partial: Any
    old: Any
    path: Any
    atomic: bool

    @staticmethod
    def of(spark: SparkSession, out: str) -> _Store:
        sc = spark.sparkContext
        assert sc._jvm is not None
        assert sc._jsc is not None
        path = sc._jvm.org.apache.hadoop.fs.Path
        target = path(out.rstrip("/"))
        system = target.getFileSystem(sc._jsc.hadoopConfiguration())
        parent, name = target.getParent(), target.getName()
        partial, old = (path(parent, f".{name}.{kind}") for kind in ("partial", "old"))
        atomic = not out.startswith(_OBJECTS)
        return _Store(system, target, partial, old, path, atomic)

    def text(self, path: Any) -> str:
        """A path as Spark takes it."""
        return str(path.toString())

    def refuse_other(self, shown: str) -> None:
        """Refuse a folder that is no output; put back one that was out of place."""
        if self.system.exists(self.old) and not self.system.exists(self.target):
            self._rename(self.old, self.target)
        if not self.system.exists(self.target) or self.system.exists(
            self.path(self.target, MANIFEST)
        ):
            return
        if self.system.listStatus(self.target):
            raise Usage(f"--out {shown} 里有别的文件，不像是 loubao 的输出，请换一个空文件夹")

    def clear(self) -> None:
        """Remove what a run that ended too early left."""
        self.system.delete(self.partial, True)
        if self.system.exists(self.target):
            self.system.delete(self.old, True)

    def put_in_place(self, draft: Draft) -> None:
        """Let the draft take the place of the target."""
        content = json.dumps(draft.manifest, ensure_ascii=False, indent=1) + "\n"
        if self.atomic:
            self._write(self.partial, content)
        if self.system.exists(self.target):
            self._rename(self.target, self.old)
        try:
            self._rename(self.partial, self.target)
        except BaseException:
            if self.system.exists(self.old):
                self._rename(self.old, self.target)
            raise
        if not self.atomic:
            self._write(self.target, content)

    def _rename(self, path: Any, other: Any) -> None:
        if not self.system.rename(path, other):
            raise Usage(f"--out：{other.getName()} 放不到位，请核对权限后重试")

    def _write(self, folder: Any, content: str) -> None:
        stream = self.system.create(self.path(folder, MANIFEST))
        try:
            stream.write(bytearray(content.encode()))
        finally:
            stream.close()
