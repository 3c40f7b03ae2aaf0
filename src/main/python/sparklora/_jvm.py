"""The classes of the jar, and their errors."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from py4j.java_gateway import JavaClass
from py4j.protocol import Py4JJavaError
from pyspark.sql import SparkSession

_PACKAGE = "org.sparklora.api"


class SparkLoraError(Exception):
    """What the command line would have said."""


@contextmanager
def errors() -> Iterator[None]:
    """Turns exceptions of Java into exceptions with the same message."""
    try:
        yield
    except Py4JJavaError as error:
        message = error.java_exception.getMessage() or str(error.java_exception)
        raise SparkLoraError(message) from None


def session() -> SparkSession:
    """The session that is running."""
    running = SparkSession.getActiveSession()
    if running is None:
        raise SparkLoraError("Missing Spark session: start one with SparkSession.builder")
    if not hasattr(running, "_jvm"):
        raise SparkLoraError(
            "Unsupported Spark Connect: it has no driver in this process to reduce on; start a"
            " classic session"
        )
    return running


def java_class(name: str) -> Any:
    """A class of the jar's API."""
    found: Any = session()._jvm
    for part in (*_PACKAGE.split("."), name):
        found = getattr(found, part)
    if not isinstance(found, JavaClass):
        raise SparkLoraError(
            "Missing spark-lora.jar: the session cannot find it; name it in spark.jars, together"
            " with libtorch's jar, before the session starts"
        )
    return found
