"""Trains through PySpark: python pyspark_api.py CLASS_PATH MODEL DATA OUTPUT_DIR

Prints JSON of what came out, for the test that runs it.
"""

import hashlib
import json
import sys
from pathlib import Path

import pyspark
from pyspark.ml.tuning import ParamGridBuilder
from pyspark.sql import SparkSession

from sparklora import LoraEstimator, LoraModel, SparkLora, SparkLoraError


def without_spark(class_path: str) -> str:
    """The class path without the jars that PySpark brings."""
    own = {jar.name for jar in (Path(pyspark.__file__).parent / "jars").iterdir()}
    return ":".join(part for part in class_path.split(":") if Path(part).name not in own)


def sha(folder: str) -> str:
    return hashlib.sha256(
        (Path(folder) / "pytorch_lora_weights.safetensors").read_bytes()
    ).hexdigest()


def said(call) -> str:
    try:
        call()
    except SparkLoraError as error:
        return str(error)
    return "nothing"


class_path, base, data, output = sys.argv[1:]
flags = {
    "pretrained_model_name_or_path": base,
    "max_train_samples": 6,
    "resolution": 64,
    "train_batch_size": 1,
    "gradient_accumulation_steps": 2,
    "learning_rate": 1e-3,
    "max_train_steps": 2,
    "seed": 5,
}
before = said(LoraEstimator)
spark = (
    SparkSession.builder.master("local[2]")
    .config("spark.driver.extraClassPath", without_spark(class_path))
    .config("spark.driver.memory", "2g")
    .config("spark.driver.host", "127.0.0.1")
    .config("spark.driver.bindAddress", "127.0.0.1")
    .config("spark.ui.enabled", "false")
    .getOrCreate()
)
table = spark.read.parquet(data)
named = SparkLora.train(data, output_dir=output + "/named", **flags)
model = SparkLora.train(table, output_dir=output + "/table", **flags)
estimator = LoraEstimator(rank=8, **flags)
estimator.write().overwrite().save(output + "/estimator")
loaded = LoraEstimator.load(output + "/estimator")
grid = ParamGridBuilder().addGrid(estimator.rank, [2, 16]).build()
model.flags(num_inference_steps=2, seed=3).save(output + "/model")
drawn = LoraModel.load(output + "/model").draw("a book", "a red apple").collect()
loaded_model = LoraModel.load(output + "/model")
loaded_model.register("draw")
spark.createDataFrame([("a book",), ("a red apple",)], "prompt string").createTempView("prompts")
in_sql = spark.sql("SELECT draw(prompt) AS png FROM prompts").collect()
page = model._repr_html_()
print(
    json.dumps(
        {
            "before": before,
            "named": sha(named.adapter),
            "table": sha(model.adapter),
            "wrong": said(lambda: LoraEstimator(rank=0)),
            "misspelt": said(lambda: LoraEstimator(rnak=4)),
            "missing": said(
                lambda: SparkLora.train(table.drop("text"), output_dir=output + "/x", **flags)
            ),
            "used": said(lambda: SparkLora.train(table, output_dir=output + "/table", **flags)),
            "rank": loaded.getOrDefault(loaded.rank),
            "grid": [estimator.copy(point).getOrDefault(estimator.rank) for point in grid],
            "pictures": [bytes(row.image.bytes[1:4]).decode() for row in drawn],
            "sql": sorted(bytes(row.png) for row in in_sql)
            == sorted(bytes(row.image.bytes) for row in drawn),
            "page": page.startswith("<iframe") and "&lt;html" in page,
            "alive": spark.range(3).count(),
        }
    )
)
