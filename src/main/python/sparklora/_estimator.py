"""The estimator and the model of org.sparklora.api, as stages of PySpark ML."""

from __future__ import annotations

import html
import os
import warnings
from collections.abc import Callable
from typing import Any, TypeVar

from pyspark.ml.util import JavaMLWritable
from pyspark.ml.wrapper import JavaEstimator, JavaModel, JavaParams
from pyspark.sql import DataFrame, SparkSession

from sparklora import _jvm

_PAGE_HEIGHT = 640

_Stage = TypeVar("_Stage", bound="_Flags")


class _Flags(JavaParams):
    """Flags of the command line as params, which the Java object has and checks."""

    def flags(self: _Stage, **flags: Any) -> _Stage:
        """Sets flags by their names and returns this. None leaves a flag as it is."""
        java: Any = self._java_obj
        for name, value in flags.items():
            if value is not None:
                with _jvm.errors():
                    java.flag(name, _plain(value))
        self._transfer_params_from_java()
        return self


def _plain(value: Any) -> Any:
    """A value that Java has, too."""
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    return list(value) if isinstance(value, tuple) else value


class LoraModel(JavaModel, JavaMLWritable, _Flags):
    """An adapter that draws. Its flags are those of ``spark-lora generate``."""

    def __init__(self, java_model: Any) -> None:
        super().__init__(java_model)
        self._create_params_from_java()
        self._transfer_params_from_java()

    @staticmethod
    def of(adapter: str, **flags: Any) -> LoraModel:
        """A model of an output folder, a file, or a repository of the hub."""
        with _jvm.errors():
            model = LoraModel(_jvm.java_class("LoraModel").of(adapter))
        return model.flags(**flags)

    @staticmethod
    def load(path: str) -> LoraModel:
        """Loads a model that ``save`` has written."""
        with _jvm.errors():
            return LoraModel(_jvm.java_class("LoraModel").load(path))

    @property
    def adapter(self) -> str:
        """The place of the adapter."""
        java: Any = self._java_obj
        return str(java.adapter())

    @property
    def report(self) -> str | None:
        """The page that tells how the run went, as HTML."""
        java: Any = self._java_obj
        page = java.report()
        return str(page.get()) if page.isPresent() else None

    def transform(self, dataset: DataFrame, params: Any = None) -> DataFrame:
        """Adds a column ``image`` with a picture of each prompt, drawn when it is read."""
        with _jvm.errors():
            return super().transform(dataset, params)

    def register(self, name: str) -> None:
        """Registers a function for SQL and ``call_function``: a prompt goes in, a PNG comes out.

        It draws in Spark's executors, not in Python workers, which have no JVM.
        """
        self._transfer_params_to_java()
        running: Any = _jvm.session()
        java: Any = self._java_obj
        with _jvm.errors():
            java.register(running._jsparkSession, name)

    def draw(self, *prompts: str) -> DataFrame:
        """A table of these prompts with a picture of each."""
        rows = [(prompt,) for prompt in prompts]
        return self.transform(_jvm.session().createDataFrame(rows, "prompt string"))

    def _repr_html_(self) -> str:
        """The report, for a notebook."""
        page = self.report
        if page is None:
            return f"<p>LoraModel of {html.escape(self.adapter)}</p>"
        return (
            f'<iframe srcdoc="{html.escape(page, quote=True)}" sandbox="allow-scripts"'
            f' style="width:100%;height:{_PAGE_HEIGHT}px;border:0"></iframe>'
        )


class LoraEstimator(JavaEstimator[LoraModel], JavaMLWritable, _Flags):
    """Trains a LoRA adapter. Its flags are those of ``spark-lora train``."""

    def __init__(self, **flags: Any) -> None:
        super().__init__()
        with _jvm.errors():
            self._java_obj = _jvm.java_class("LoraEstimator")()
        self._adopt()
        self.flags(**flags)

    def _adopt(self) -> None:
        """Takes name and params of the Java object."""
        java: Any = self._java_obj
        self._resetUid(java.uid())
        self._create_params_from_java()
        self._transfer_params_from_java()

    @staticmethod
    def load(path: str) -> LoraEstimator:
        """Loads an estimator that ``save`` has written."""
        estimator = LoraEstimator()
        with _jvm.errors():
            estimator._java_obj = _jvm.java_class("LoraEstimator").load(path)
        estimator._adopt()
        return estimator

    def given(self) -> dict[Any, Any]:
        """The flags that were set, by their params."""
        return dict(self._paramMap)

    def train(self, spark: SparkSession | None = None) -> LoraModel:
        """Trains on the data set that ``dataset_name`` names."""
        running: Any = spark or _jvm.session()
        self._transfer_params_to_java()
        java: Any = self._java_obj
        with _jvm.errors():
            model = LoraModel(java.train(running._jsparkSession))
        return self._told(model)

    def _told(self, model: LoraModel) -> LoraModel:
        for listener in on_trained:
            try:
                listener(self, model)
            except Exception as error:  # the adapter is there, so only its log is lost
                warnings.warn(f"The training is not logged: {error}", stacklevel=3)
        return model

    def fit(self, dataset: DataFrame, params: Any = None) -> Any:
        """Trains on the rows of a table."""
        with _jvm.errors():
            return super().fit(dataset, params)

    def _fit(self, dataset: DataFrame) -> LoraModel:
        # PySpark's own would give the model every value of a param of the same name, such as seed.
        return self._told(self._create_model(self._fit_java(dataset)))

    def _create_model(self, java_model: Any) -> LoraModel:
        return LoraModel(java_model)


#: Called after each training, with the estimator and its model.
on_trained: list[Callable[[LoraEstimator, LoraModel], None]] = []


class SparkLora:
    """Training in one call."""

    @staticmethod
    def train(data: DataFrame | str, **flags: Any) -> LoraModel:
        """Trains on a table, or on the data set of a name, with flags of ``spark-lora train``."""
        if isinstance(data, str):
            return LoraEstimator(dataset_name=data, **flags).train()
        model: LoraModel = LoraEstimator(**flags).fit(data)
        return model
