"""What each step of a run costs on the cluster, as Spark counts it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

#: What is summed over the stages of a step: the name in the report, and in Spark; of which unit.
_SUMMED = {
    "tasks": ("numTasks", 1),
    "task_seconds": ("executorRunTime", 1e-3),
    "java_processor_seconds": ("executorCpuTime", 1e-9),
    "shuffle_megabytes": ("shuffleWriteBytes", 1e-6),
    "spilled_megabytes": ("diskBytesSpilled", 1e-6),
}


class StepCosts:
    """Seconds and sums of each step; a step ends where the next one begins."""

    def __init__(self, spark: SparkSession) -> None:
        self._spark: Any = spark
        self._last = -1
        self._step = ""
        self._began = time.perf_counter()
        #: step → what it cost
        self.steps: dict[str, dict[str, float]] = {}

    def begin(self, step: str) -> None:
        """Let a step begin; "" where the last one has ended."""
        if self._step:
            seconds = time.perf_counter() - self._began
            self.steps[self._step] = {"seconds": round(seconds, 1), **self._sums()}
        self._step, self._began = step, time.perf_counter()

    def _sums(self) -> dict[str, float]:
        context = self._spark.sparkContext
        store = context._jsc.sc().statusStore()
        gateway = context._gateway
        nothing = gateway.jvm.java.util.ArrayList()
        quantiles = gateway.new_array(gateway.jvm.double, 0)
        found = store.stageList(nothing, False, False, quantiles, nothing)
        sums, last = dict.fromkeys(_SUMMED, 0.0), self._last
        for at in range(found.size()):
            stage = found.apply(at)
            if stage.stageId() > self._last:
                last = max(last, stage.stageId())
                for name, (metric, unit) in _SUMMED.items():
                    sums[name] += getattr(stage, metric)() * unit
        self._last = last
        return {name: round(value, 1) for name, value in sums.items()}
