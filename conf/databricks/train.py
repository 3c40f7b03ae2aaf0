"""Trains in the session of a Databricks job, whose parameters are the flags of `spark-lora train`.

Not run on Databricks.
"""

import json
import sys

from sparklora import LoraEstimator


def value(text: str) -> object:
    """Numbers and booleans as such, everything else as text."""
    try:
        return json.loads(text)
    except ValueError:
        return text


flags = dict(argument.removeprefix("--").split("=", 1) for argument in sys.argv[1:])
LoraEstimator(**{name: value(text) for name, text in flags.items()}).train()
