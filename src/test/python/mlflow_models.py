"""Logs, registers, loads and scores: python mlflow_models.py CLASS_PATH MODEL DATA OUTPUT_DIR

Prints JSON of what came out, for the test that runs it.
"""

import io
import json
import os
import sys
from pathlib import Path

import mlflow
import pandas
import pyspark
from mlflow.tracking import MlflowClient
from PIL import Image
from pyspark.sql import SparkSession

import sparklora.mlflow
from sparklora import SparkLora



def pixels(png) -> bytes:
    """The file also names the adapter, which has another place in each case."""
    return Image.open(io.BytesIO(bytes(png))).tobytes()


class_path, base, data, output = sys.argv[1:]
own = {jar.name for jar in (Path(pyspark.__file__).parent / "jars").iterdir()}
jars = ":".join(part for part in class_path.split(":") if Path(part).name not in own)
os.environ["PYSPARK_SUBMIT_ARGS"] = f"--conf spark.driver.extraClassPath={jars} pyspark-shell"
spark = (
    SparkSession.builder.master("local[2]")
    .config("spark.driver.memory", "2g")
    .config("spark.driver.host", "127.0.0.1")
    .config("spark.driver.bindAddress", "127.0.0.1")
    .config("spark.ui.enabled", "false")
    .getOrCreate()
)
mlflow.set_tracking_uri(f"sqlite:///{output}/mlflow.db")
mlflow.set_experiment(
    experiment_id=mlflow.create_experiment("ink", artifact_location=f"file://{output}/artifacts")
)
sparklora.mlflow.autolog(register_as="ink")
model = SparkLora.train(
    data,
    output_dir=output + "/run",
    pretrained_model_name_or_path=base,
    max_train_samples=6,
    resolution=64,
    train_batch_size=1,
    learning_rate=1e-3,
    max_train_steps=3,
    seed=5,
)
sparklora.mlflow.autolog(disable=True)

client = MlflowClient()
run = mlflow.search_runs(output_format="list")[0]
version = client.get_model_version("ink", "1")
info = mlflow.models.get_model_info("models:/ink/1")
pyfunc = mlflow.pyfunc.load_model("models:/ink/1")
prompts = pandas.DataFrame({"prompt": ["a book", "a red apple"], "seed": [3, 4]})
flags = {"num_inference_steps": 2}
drawn = pyfunc.predict(prompts, params=flags)
loaded = sparklora.mlflow.load_model("models:/ink/1", folder=output + "/copy").flags(**flags)
table = spark.createDataFrame([("a book", 3), ("a red apple", 4)], "prompt string, seed long")
scored = [pixels(row.image.bytes) for row in loaded.transform(table).collect()]


def sizes(batches):
    """Scores pictures in Python workers: here by their mean brightness."""
    for batch in batches:
        means = [
            sum(pixels(image["bytes"])) / len(pixels(image["bytes"])) for image in batch["image"]
        ]
        yield pandas.DataFrame({"prompt": batch["prompt"], "brightness": means})


def refused(batches):
    for batch in batches:
        try:
            pyfunc_in_worker = sparklora.mlflow._load_pyfunc("/nowhere")
            said = str(pyfunc_in_worker)
        except sparklora.SparkLoraError as error:
            said = str(error)
        yield pandas.DataFrame({"said": [said] * len(batch)})


in_pandas = (
    sparklora.mlflow.score(table, "models:/ink/1", folder=output + "/scores")
    .mapInPandas(sizes, "prompt string, brightness double")
    .collect()
)
in_worker = table.mapInPandas(refused, "said string").first().said
direct = [pixels(row.image.bytes) for row in model.flags(**flags).transform(table).collect()]
print(
    json.dumps(
        {
            "status": run.info.status,
            "params": {k: run.data.params[k] for k in ("max_train_steps", "learning_rate")},
            "losses": [
                m.step for m in client.get_metric_history(run.info.run_id, "train_loss")
            ],
            "artifacts": [a.path for a in client.list_artifacts(run.info.run_id)],
            "base": version.tags["base_model"],
            "sha256": version.tags["adapter_sha256"],
            "metadata": info.metadata["base_model"],
            "inputs": info.signature.inputs.input_names(),
            "outputs": info.signature.outputs.input_names(),
            "pyfunc": [pixels(png) for png in drawn["image"]] == direct,
            "scored": scored == direct,
            "brightness": [row.prompt for row in in_pandas if 0 < row.brightness < 255],
            "worker": in_worker,
            "copied": loaded.adapter.startswith(output + "/copy"),
            "alive": spark.range(3).count(),
        }
    )
)
