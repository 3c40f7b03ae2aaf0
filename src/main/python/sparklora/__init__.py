"""LoRA fine-tuning of Stable Diffusion in a Spark session.

The work is done by spark-lora's jar in the session's JVM. This package only calls it, so the same
flags give the same bytes as the command line.
"""

from sparklora._estimator import LoraEstimator, LoraModel, SparkLora
from sparklora._jvm import SparkLoraError

__all__ = ["LoraEstimator", "LoraModel", "SparkLora", "SparkLoraError"]
