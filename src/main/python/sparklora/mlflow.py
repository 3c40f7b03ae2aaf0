"""Adapters in MLflow: as logged and registered models, for pyfunc, and for scoring tables.

Needs the package mlflow. A logged model holds the adapter, its card and its flags. The base model
stays where it is: the model names it.
"""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import mlflow
from mlflow.models import ModelSignature
from mlflow.tracking import MlflowClient
from mlflow.types import ColSpec, DataType, ParamSchema, ParamSpec, Schema
from pyspark import TaskContext
from pyspark.sql import DataFrame, SparkSession

from sparklora import _estimator, _jvm
from sparklora._estimator import LoraEstimator, LoraModel

if TYPE_CHECKING:
    import pandas

_JARS = "SPARK_LORA_JARS"
_HISTORY = "report/history.json"
_BASE = "pretrained_model_name_or_path"

#: The curves of a run's history, by the names that ``--report_to=mlflow`` gives them.
_METRICS = {
    "LOSS": "train_loss",
    "HELD_OUT_LOSS": "validation/loss",
    "LEARNING_RATE": "lr",
    "GRADIENT_NORM": "optimizer/grad_norm",
    "IMAGES_PER_SECOND": "throughput/images_per_second",
}


def _signature(model: LoraModel) -> ModelSignature:
    """Prompts go in, PNG files come out. The model's own flags are the defaults."""
    return ModelSignature(
        inputs=Schema(
            [
                ColSpec(DataType.string, "prompt"),
                ColSpec(DataType.string, "negative_prompt", required=False),
                ColSpec(DataType.long, "seed", required=False),
            ]
        ),
        outputs=Schema([ColSpec(DataType.binary, "image")]),
        params=ParamSchema(
            [
                ParamSpec(name, kind, of(_flag(model, name)))
                for name, kind, of in (
                    ("num_inference_steps", DataType.long, int),
                    ("guidance_scale", DataType.double, float),
                )
            ]
        ),
    )


def log_model(model: LoraModel, name: str = "model", register_as: str | None = None) -> Any:
    """Logs a model to the active run, or to a new one, and registers it if a name is given.

    The model's metadata and the tags of the registered version have the base model and the
    SHA-256 of the adapter. Returns MLflow's ModelInfo.
    """
    with tempfile.TemporaryDirectory() as folder:
        saved = Path(folder) / "adapter"
        model.write().overwrite().save(saved.as_uri())
        about = {"base_model": _flag(model, _BASE), "adapter_sha256": _sha256(saved)}
        info = mlflow.pyfunc.log_model(
            name=name,
            loader_module=__name__,
            data_path=str(saved),
            signature=_signature(model),
            metadata=about,
            registered_model_name=register_as,
            code_paths=[str(Path(__file__).parent)],
            pip_requirements=["mlflow>=3", "pandas", "pyspark>=4.1,<4.2"],
        )
    if register_as is not None:
        client = MlflowClient()
        for key, value in about.items():
            client.set_model_version_tag(
                register_as, info.registered_model_version, key, value
            )
    return info


def load_model(model_uri: str, folder: str | None = None) -> LoraModel:
    """The model of an MLflow URI, such as ``models:/ninja/1`` or ``runs:/ID/model``.

    ``folder`` is a place that all executors see, such as ``s3a://bucket/adapters``. The adapter is
    copied into a new folder below it, so nothing there is changed. On one machine it may be left
    out.
    """
    _session()
    local = Path(mlflow.artifacts.download_artifacts(artifact_uri=model_uri))
    saved = str(next(local.glob("data/*")).as_uri())
    if folder is not None:
        saved = _copy(saved, folder)
    return LoraModel.load(saved)


def score(prompts: DataFrame, model_uri: str, folder: str | None = None) -> DataFrame:
    """A column ``image`` beside the prompts of a table, drawn by the executors when it is read."""
    return load_model(model_uri, folder).transform(prompts)


def autolog(*, disable: bool = False, register_as: str | None = None) -> None:
    """From now on logs each training: its flags, curves, report and model.

    A training is logged to the active run, or to one of its own.
    """
    _estimator.on_trained.clear()
    if not disable:
        _estimator.on_trained.append(lambda trainer, model: _log(trainer, model, register_as))


def _log(trainer: LoraEstimator, model: LoraModel, register_as: str | None) -> None:
    active = mlflow.active_run() is not None
    with mlflow.start_run(nested=False) if not active else _Nothing():
        mlflow.log_params({param.name: str(value) for param, value in trainer.given().items()})
        _log_curves(model)
        page = model.report
        if page is not None:
            mlflow.log_text(page, "report.html")
        log_model(model, register_as=register_as)


class _Nothing:
    """A run that somebody else began and ends."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, *failure: object) -> None:
        return None


def _log_curves(model: LoraModel) -> None:
    text = _read(f"{model.adapter}/{_HISTORY}")
    run = mlflow.active_run()
    if text is None or run is None:
        return
    client = MlflowClient()
    metrics = []
    for curve, name in _METRICS.items():
        for first, last, count, total, *_ in json.loads(text)["curves"][curve]["buckets"]:
            metrics.append(
                mlflow.entities.Metric(name, total / count, run.info.start_time, int(last))
            )
    for start in range(0, len(metrics), 1000):  # the most that a request may have
        client.log_batch(run.info.run_id, metrics=metrics[start : start + 1000])


def _load_pyfunc(path: str) -> _Drawing:
    """Called by MLflow: the model of a folder that ``log_model`` has written."""
    return _Drawing(path)


class _Drawing:
    """What ``mlflow.pyfunc`` calls."""

    def __init__(self, path: str) -> None:
        _session()
        self._model = LoraModel.load(Path(path).as_uri())

    def predict(self, data: pandas.DataFrame, params: dict[str, Any] | None = None) -> Any:
        """A table with a column ``image`` of PNG files, a row for each prompt."""
        import pandas

        columns = [c for c in ("prompt", "negative_prompt", "seed") if c in data.columns]
        kinds = {"prompt": "string", "negative_prompt": "string", "seed": "bigint"}
        rows = [
            tuple(None if pandas.isna(value) else _plain(value) for value in row)
            for row in data[columns].itertuples(index=False)
        ]
        table = _session().createDataFrame(rows, ", ".join(f"{c} {kinds[c]}" for c in columns))
        # A copy, because predictions may run side by side; one picture a prompt, as rows are in order.
        model = self._model.copy().flags(**(params or {}))
        model = model.flags(num_images_per_prompt=1, prompt_column="prompt")
        drawn = model.transform(table).collect()
        pictures = [bytes(row.image.bytes) if row.image else None for row in drawn]
        return pandas.DataFrame({"image": pictures})


def _plain(value: Any) -> Any:
    return value if isinstance(value, str) else int(value)


def _session() -> SparkSession:
    """The session that is running, or one on this machine with the jars of SPARK_LORA_JARS."""
    if TaskContext.get() is not None:
        raise _jvm.SparkLoraError(
            "Unsupported mlflow.pyfunc.spark_udf: a Python worker has no JVM to draw with; call"
            " sparklora.mlflow.score, or register a function with load_model(...).register(name)"
        )
    if SparkSession.getActiveSession() is None and _JARS in os.environ:
        return (
            SparkSession.builder.master("local[*]")
            .config("spark.jars", os.environ[_JARS])
            .getOrCreate()
        )
    return _jvm.session()


def _flag(model: LoraModel, name: str) -> str:
    param = model.getParam(name)
    return str(model.getOrDefault(param)) if model.isDefined(param) else ""


def _sha256(saved: Path) -> str:
    """The checksum of the adapter's file; of the first one by name where it has another name."""
    import hashlib

    files = sorted((saved / "adapter").glob("*.safetensors"))
    usual = [file for file in files if file.name == "pytorch_lora_weights.safetensors"]
    chosen = (usual or files)[:1]
    return hashlib.sha256(chosen[0].read_bytes()).hexdigest() if chosen else ""


def _copy(saved: str, folder: str) -> str:
    """Copies a folder of this machine into a new folder below one of any file system of Hadoop."""
    import uuid

    folder = f"{folder.rstrip('/')}/{uuid.uuid4().hex}"
    jvm: Any = _session()._jvm
    hadoop: Any = _session()._jsc.hadoopConfiguration()
    source = jvm.org.apache.hadoop.fs.Path(saved)
    target = jvm.org.apache.hadoop.fs.Path(folder)
    with _jvm.errors():
        files = target.getFileSystem(hadoop)
        files.mkdirs(target.getParent())
        jvm.org.apache.hadoop.fs.FileUtil.copy(
            source.getFileSystem(hadoop), source, files, target, False, hadoop
        )
    return folder


def _read(place: str) -> str | None:
    """The text of a file of any file system of Hadoop; None if it is not there."""
    jvm: Any = _session()._jvm
    path = jvm.org.apache.hadoop.fs.Path(place)
    files = path.getFileSystem(_session()._jsc.hadoopConfiguration())
    if not files.exists(path):
        return None
    content = files.open(path)
    try:
        return str(
            jvm.org.apache.commons.io.IOUtils.toString(
                content, jvm.java.nio.charset.StandardCharsets.UTF_8
            )
        )
    finally:
        content.close()
