"""A Spark session that keeps what it is given to itself, and ends without leaving anything behind.

What goes over the network or into a local file is encrypted; there is no page in a browser and no
event log; what Java says is not shown: a person is told in our own words what goes wrong. Where the
executors run on this machine (`local`, `local-cluster`) their folders are below one that is the
owner's alone and is removed in the end. What is given by `--conf` counts.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from loubao.core.faults import Usage
from loubao.spark.batches import from_java

if TYPE_CHECKING:
    from pyspark.sql import SparkSession as SparkSession

#: What every session begins with.
_DEFAULTS = {
    "spark.app.name": "loubao link",
    "spark.driver.memory": "2g",
    "spark.authenticate": "true",
    "spark.network.crypto.enabled": "true",
    "spark.network.crypto.cipher": "AES/GCM/NoPadding",
    "spark.io.encryption.enabled": "true",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.ui.retainedJobs": "10",
    "spark.ui.retainedStages": "200",
    "spark.ui.retainedTasks": "100",
    "spark.sql.ui.retainedExecutions": "1",
    "spark.sql.maxPlanStringLength": "10000",
    "spark.eventLog.enabled": "false",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.execution.arrow.maxRecordsPerBatch": "100000",
    "spark.sql.execution.pythonUDF.arrow.enabled": "true",
    "spark.hadoop.fs.permissions.umask-mode": "077",
    "spark.sql.requireAllClusterKeysForCoPartition": "false",
    "spark.sql.csv.parser.columnPruning.enabled": "false",
    "spark.sql.legacy.javaCharsets": "true",  # GB18030
    "spark.sql.parquet.compression.codec": "zstd",
    "spark.executorEnv.POLARS_MAX_THREADS": "1",
    "spark.executorEnv.ARROW_DEFAULT_MEMORY_POOL": "system",
}
#: What is changed of the environment, which Java and the executors here are given.
_ENVIRONMENT = ("PYSPARK_PYTHON", "SPARK_HOME", "SPARK_LOCAL_DIRS", "SPARK_LOCAL_IP")
#: How masters begin whose executors are on this machine, and where Java does all in one process.
_HERE, _IN_ONE = "local", "local["
#: A driver that only plans, and executors that are there for minutes, run most of their Java a few
#: times: compiling it well costs more processor seconds than it saves (a quarter of all at 100,000
#: × 1,000,000). What is run very often is still compiled well where rows are sorted and encrypted.
_PLANNING, _FOR_MINUTES = "-XX:TieredStopAtLevel=1", "-XX:CompileThresholdScaling=5"
#: Executors of one core each: threads that collect beside the one that works cost a tenth of all.
_OF_ONE_CORE, _ALONE = re.compile(r"local-cluster\[\s*\d+\s*,\s*1\s*,"), "-XX:+UseSerialGC"
_LOG = """\
rootLogger.level = error
rootLogger.appenderRef.console.ref = console
appender.console.type = Console
appender.console.name = console
appender.console.target = SYSTEM_ERR
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{yy/MM/dd HH:mm:ss} %p %c{1}%n
"""


def conf_of(given: Sequence[str]) -> dict[str, str]:
    """Return the settings of `--conf KEY=VALUE …`; raises `Usage`.

    >>> conf_of(["spark.executor.memory=2g", "spark.x=a=b"])
    {'spark.executor.memory': '2g', 'spark.x': 'a=b'}
    >>> conf_of(["spark.executor.memory"])
    Traceback (most recent call last):
    loubao.core.faults.Usage: --conf 应写成 KEY=VALUE，如 --conf spark.executor.memory=4g
    """
    settings = {}
    for text in given:
        key, equals, value = text.partition("=")
        if not equals or not key.strip():
            raise Usage("--conf 应写成 KEY=VALUE，如 --conf spark.executor.memory=4g")
        settings[key.strip()] = value
    return settings


@contextmanager
def session(master: str | None, conf: Mapping[str, str]) -> Iterator[SparkSession]:
    """Give a Spark session; raises `Usage` where there is no pyspark, no Java or no such master."""
    _refuse_without_spark()
    folder = Path(tempfile.mkdtemp(prefix="loubao-spark-"))  # 0700
    before = {name: os.environ.get(name) for name in _ENVIRONMENT}
    master = master or conf.get("spark.master") or "local[*]"
    try:
        settings = {**_settings(master, folder), **conf}
        with _java_says(folder / "java.log"):
            spark = _started(master, settings)
        try:
            yield spark
        finally:
            _stop(spark)
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _java_says(log: Path) -> Iterator[None]:
    """Let what is started in the meantime say what it has to say in a file, not on the terminal."""
    sys.stderr.flush()
    terminal = os.dup(2)
    try:
        with log.open("ab") as stream:
            os.dup2(stream.fileno(), 2)
        yield
    finally:
        os.dup2(terminal, 2)
        os.close(terminal)


def _refuse_without_spark() -> None:
    try:
        import pyarrow  # noqa: F401
        import pyspark
    except ImportError:
        raise Usage(
            "--engine spark 要用 pyspark，还没有安装：pip install 'loubao[spark]'"
        ) from None
    if not pyspark.__version__.startswith("4."):
        raise Usage(f"pyspark {pyspark.__version__} 不能用，需要 4.x：pip install 'loubao[spark]'")
    home = os.environ.get("JAVA_HOME")
    java = Path(home) / "bin" / "java" if home else shutil.which("java")
    if not java or not Path(java).exists():
        raise Usage(
            "--engine spark 要用 Java 17，这台机器上没有找到："
            "Debian 上 apt install openjdk-17-jre-headless，或设好 JAVA_HOME"
        )


def _settings(master: str, folder: Path) -> dict[str, str]:
    """The settings of a session, and the environment that Java is started in."""
    log = folder / "log4j2.properties"
    log.write_text(_LOG, encoding="utf-8")
    logging = f"-Dlog4j2.configurationFile={log.as_uri()}"
    alone = master == _HERE or master.startswith(_IN_ONE)
    compiling = _FOR_MINUTES if alone else _PLANNING
    settings = {**_DEFAULTS, "spark.driver.extraJavaOptions": f"{logging} {compiling}"}
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    if not master.startswith(_HERE):
        return settings
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    os.environ.pop("SPARK_LOCAL_DIRS", None)
    os.environ["SPARK_HOME"] = str(_own_home(folder))
    scratch = folder / "scratch"
    scratch.mkdir(mode=0o700)
    return {
        **settings,
        "spark.local.dir": str(scratch),
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
        "spark.authenticate.secret": secrets.token_hex(32),
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.executor.extraJavaOptions": f"{logging} {_executor(master)}",
    }


def _executor(master: str) -> str:
    """How the executors of a master on this machine compile and collect."""
    return f"{_FOR_MINUTES} {_ALONE}" if _OF_ONE_CORE.match(master) else _FOR_MINUTES


def _own_home(folder: Path) -> Path:
    """A home of Spark below `folder`: the workers of `local-cluster` write below their home."""
    import pyspark

    given = os.environ.get("SPARK_HOME")
    installed = Path(given) if given else Path(pyspark.__file__).parent
    home = folder / "home"
    home.mkdir(mode=0o700)
    for entry in installed.iterdir():
        if entry.name != "work":
            (home / entry.name).symlink_to(entry)
    return home


def _started(master: str, settings: Mapping[str, str]) -> SparkSession:
    from pyspark.errors import PySparkException
    from pyspark.sql import SparkSession

    builder = SparkSession.builder
    for key, value in settings.items():
        builder = builder.config(key, value)
    try:
        spark = builder.master(master).getOrCreate()
        spark.sparkContext.setLogLevel("ERROR")
        # no executor: Spark would ask for one for ever
        spark.range(1).count()
    except (PySparkException, OSError, RuntimeError) as error:
        raise _no_session(master, error) from None
    except Exception as error:
        if from_java(error):
            raise _no_session(master, error) from None
        raise
    return spark


def _no_session(master: str, error: Exception) -> Usage:
    from pyspark.sql import SparkSession

    active = SparkSession.getActiveSession()
    if active is not None:
        _stop(active)
    return Usage(
        f"Spark 起不来（--master {master}；{type(error).__name__}）。"
        "--master 可写 local[2]、local-cluster[2,1,4096]、spark://主机:7077、yarn、"
        "k8s://https://主机:6443；请核对地址、Java 17 和 --conf"
    )


def _stop(spark: SparkSession) -> None:
    """End the session and the Java program with it: what is removed next is in use no more."""
    from pyspark import SparkContext

    gateway = SparkContext._gateway
    spark.stop()
    if gateway is None:
        return
    process = getattr(gateway, "proc", None)
    gateway.shutdown()
    if process is not None:
        process.stdin.close()
        process.wait(timeout=60)
    SparkContext._gateway = None
    SparkContext._jvm = None
