"""spark-submit of one command of spark-lora, with its exit codes understood."""

from __future__ import annotations

import os
import re
import shlex
from datetime import timedelta
from pathlib import Path
from typing import Any

from airflow.providers.apache.spark.operators.spark_submit import SparkSubmitOperator
from airflow.sdk.exceptions import (
    AirflowException,
    AirflowFailException,
    AirflowSkipException,
)

from spark_lora_airflow.trigger import YarnApplicationTrigger

HOME = Path(__file__).resolve().parents[3]

# What an exit code means, and whether the same command can do better the next time.
EXIT_CODES = {
    1: ("the run failed", True),
    2: ("a flag or a setting of Spark is wrong; nothing was computed", False),
    3: ("the model, the data set, an adapter or a checkpoint cannot be worked with", False),
    4: ("executors, devices or libraries are missing or lost", True),
    5: ("a quantity is out of its tolerance", False),
}

# Exit code 2, too, but it passes: a driver that outlived its Airflow worker holds the folder.
IN_USE = "Cannot write to --output_dir"

# The provider refuses this, too, in words that name none of our settings.
NOT_TRACKED = (
    "Invalid SPARK_LORA_TRACK: in cluster mode on YARN it must be yarn, in the environment of"
    " Airflow's workers and DAG processor; Airflow then asks the ResourceManager how the driver is"
)

# Where the exit code of the driver is told: YARN, Kubernetes (log, API), client mode.
EXIT_CODE = [
    re.compile(pattern)
    for pattern in (
        r"User application exited with status (\d+)",
        r"Kubernetes spark exit code is: (\d+)",
        r"exit_code=(\d+)",
        r"Error code is: (-?\d+)",
    )
]


def exit_code(failure: str) -> int | None:
    """The driver's exit code, from what the operator says of a failed spark-submit."""
    for pattern in EXIT_CODE:
        if match := pattern.search(failure):
            return int(match.group(1))
    return None


class SparkLoraOperator(SparkSubmitOperator):
    """Submits a command of spark-lora.

    Exit codes 2 and 3 fail the task at once, as the same command would fail again; all others are
    left to `retries`. A failure's message ends with the command to go on by hand. Without
    `application_args` the task is skipped.

    Where and how Spark runs is the connection's (`SPARK_LORA_CONN_ID`, spark_default): master and
    deploy mode. Files are those of the repository that this one lies in, unless the environment of
    Airflow says otherwise:

    - SPARK_LORA_JAR: the application jar
    - SPARK_LORA_JARS: for CPU clusters, libtorch's jar
    - SPARK_LORA_PROPERTIES: settings of Spark, such as conf/spark-defaults-gpu.conf
    - SPARK_LORA_POOL: the pool whose slots limit how many tasks are on the cluster at once
    - SPARK_LORA_RETRY_SECONDS: between tries, 60
    - SPARK_LORA_POLL_SECONDS: between two questions to the cluster, 30
    - SPARK_LORA_TRACK: `yarn` or `kubernetes`, in cluster mode: the task asks the cluster how the
      driver is, and goes on doing so after a worker of Airflow was lost
    - SPARK_LORA_DEFER: `true`, with SPARK_LORA_TRACK=yarn: the triggerer asks, and the task holds
      no worker meanwhile
    """

    def __init__(self, **kwargs: Any) -> None:
        env = os.environ
        track = env.get("SPARK_LORA_TRACK", "")
        defaults = {
            "application": env.get("SPARK_LORA_JAR", str(HOME / "target" / "spark-lora.jar")),
            "conn_id": env.get("SPARK_LORA_CONN_ID", "spark_default"),
            "jars": env.get("SPARK_LORA_JARS"),
            "name": "spark-lora {{ dag.dag_id }} {{ task.task_id }}",
            "pool": env.get("SPARK_LORA_POOL"),
            "properties_file": env.get("SPARK_LORA_PROPERTIES"),
            "retry_delay": timedelta(seconds=int(env.get("SPARK_LORA_RETRY_SECONDS", "60"))),
            "status_poll_interval": int(env.get("SPARK_LORA_POLL_SECONDS", "30")),
            "track_driver_via_k8s_api": track == "kubernetes",
            "yarn_track_via_rm_api": track == "yarn",
        }
        super().__init__(**{**defaults, **kwargs})
        self._defer = env.get("SPARK_LORA_DEFER", "") == "true" and track == "yarn"

    def execute(self, context: Any) -> None:
        if not self.application_args:
            raise AirflowSkipException("Nothing to do: no parameter asks for it")
        if self._get_hook()._is_yarn_cluster_mode and not self._yarn_track_via_rm_api:
            raise AirflowFailException(NOT_TRACKED)
        try:
            super().execute(context)
        except Exception as failure:
            raise self._explained(str(failure)) from failure

    def poll_until_complete(self, external_id: Any, context: Any) -> None:
        if self._defer and external_id:
            self.defer(
                trigger=YarnApplicationTrigger(
                    self._hook._get_yarn_rm_base_url(), external_id, self._status_poll_interval
                ),
                method_name="take_end",
            )
        super().poll_until_complete(external_id, context)

    def take_end(self, context: Any, event: dict[str, str]) -> None:
        """Goes on when the triggerer has seen the end of the YARN application."""
        if event["status"] != "SUCCEEDED":
            raise self._explained(
                f"YARN application {event['application_id']} ended with final status:"
                f" {event['status']}\n"
                f"Diagnostics: {event['diagnostics']}"
            )

    def _explained(self, text: str) -> Exception:
        """What a failure means, whether to try again, and how to go on by hand."""
        code = exit_code(text)
        meaning, again = EXIT_CODES.get(code, ("it was ended from outside, or Spark failed", True))
        message = (
            f"spark-lora {self.application_args[0]} ended with exit code {code}: {meaning}.\n"
            "To go on, clear this task; or by hand, which resumes, too:\n"
            f"  {self._command()}\n{text}"
        )
        if again or IN_USE in text:
            return AirflowException(message)
        return AirflowFailException(message)

    def _command(self) -> str:
        hook = self._hook or self._get_hook()
        words = hook._get_spark_binary_path() + hook._build_spark_common_args()
        words += [self.application, *self.application_args]
        return hook._mask_cmd([shlex.quote(word) for word in words])
