"""Checks the DAG folder as Airflow's DAG processor reads it: airflow_dags.py DAG_FOLDER"""

import asyncio
import copy
import json
import os
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

from airflow.dag_processing.dagbag import DagBag

folder = sys.argv[1]
sys.path.insert(0, folder)

# Airflow's and the provider's own imports are not the DAGs'.
import airflow.providers.apache.spark.operators.spark_submit  # noqa: E402, F401
import airflow.providers.standard.operators.hitl  # noqa: E402, F401

began = time.process_time()
bag = DagBag(folder)
seconds = time.process_time() - began
assert not bag.import_errors, bag.import_errors
assert sorted(bag.dags) == ["spark_lora", "spark_lora_many"], sorted(bag.dags)
assert seconds < 5, f"reading the DAGs took {seconds} s of the processor"

one = bag.dags["spark_lora"]
assert one.get_task("adapter.train").retries == 20
given = {"pretrained_model_name_or_path": "/m", "dataset_name": "/d", "output_dir": "/o"}


def validated(dag, **values):
    params = copy.deepcopy(dag.params)
    params.update(values)
    return params.validate()


def refused(dag, **values):
    try:
        validated(dag, **values)
    except Exception as e:
        return type(e).__name__
    raise AssertionError(f"not refused: {values}")


params = validated(one, **given)
refused(one, **given, resolution=100)
refused(one, **given, learning_rate=0)
refused(one, **given, mixed_precision="fp64")
refused(one, **given, train_flags=["rm -rf"])
refused(one, **given, hub_model_id="no-owner")
refused(one, dataset_name="/d", output_dir="/o")
refused(bag.dags["spark_lora_many"], pretrained_model_name_or_path="/m", runs=[{"output": "/o"}])

from airflow.sdk.exceptions import AirflowFailException  # noqa: E402

from spark_lora_airflow.operator import SparkLoraOperator, exit_code  # noqa: E402
from spark_lora_airflow.steps import commands  # noqa: E402
from spark_lora_airflow.trigger import YarnApplicationTrigger  # noqa: E402

steps = commands({**params, "data_flags": ["--center_crop"], "train_flags": ["--rank=2"]})
assert steps["prepare"][:2] == ["prepare", "--pretrained_model_name_or_path=/m"], steps
assert set(steps["prepare"][1:]) < set(steps["train"]), "the same latent cache"
assert "--resume_from_checkpoint=latest" in steps["train"]
assert steps["train"][-1] == "--rank=2", "more flags come last and win"
assert steps["evaluate"] == steps["publish"] == []
steps = commands({**params, "hub_model_id": "me/cats", "prompts": "/p.csv"})
assert steps["publish"] == ["push", "/o", "--hub_model_id=me/cats"], steps["publish"]
assert "--output_dir=/o-evaluation" in steps["evaluate"]

# As the provider says them: in client mode, of Kubernetes' log and API, of YARN's diagnostics.
for text, code in {
    "Cannot execute: spark-submit x. Error code is: 3.\nLast": 3,
    "Cannot execute: spark-submit x. Error code is: -9.": -9,
    "Error code is: 0. Kubernetes spark exit code is: 2": 2,
    "failed (phase=Failed exit_code=4 reason=Error)": 4,
    "Error code is: 1.\nLast spark-submit output:\nUser application exited with status 3": 3,
    "Connection refused": None,
}.items():
    assert exit_code(text) == code, (text, exit_code(text))

# Cluster mode on YARN without a way to ask for the driver: nothing is submitted.
os.environ.pop("SPARK_LORA_TRACK", None)
os.environ["AIRFLOW_CONN_SPARK_DEFAULT"] = json.dumps(
    {"conn_type": "spark", "host": "yarn", "extra": {"deploy-mode": "cluster"}}
)
try:
    SparkLoraOperator(task_id="train", application_args=["train"]).execute({})
    raise AssertionError("submitted")
except AirflowFailException as refusal:
    assert "it must be yarn" in str(refusal), refusal

# A YARN application that runs, a ResourceManager that is away for a moment, the application's end.
ANSWERS = [
    (200, {"app": {"state": "RUNNING", "finalStatus": "UNDEFINED"}}),
    (503, {}),
    (200, {"app": None}),
    (
        200,
        {
            "app": {
                "state": "FINISHED",
                "finalStatus": "FAILED",
                "diagnostics": "User application exited with status 3",
            }
        },
    ),
]


class ResourceManager(BaseHTTPRequestHandler):
    def do_GET(self):
        assert self.path == "/ws/v1/cluster/apps/application_1_2", self.path
        code, body = ANSWERS.pop(0)
        self.send_response(code)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *args):
        pass


async def end_of(trigger):
    return [event async for event in trigger.run()]


server = HTTPServer(("127.0.0.1", 0), ResourceManager)
threading.Thread(target=server.serve_forever, daemon=True).start()
trigger = YarnApplicationTrigger(f"http://127.0.0.1:{server.server_port}", "application_1_2", 0.01)
path, arguments = trigger.serialize()
assert path == f"{YarnApplicationTrigger.__module__}.{YarnApplicationTrigger.__name__}", path
(event,) = asyncio.run(end_of(YarnApplicationTrigger(**arguments)))
assert not ANSWERS and event.payload["status"] == "FAILED", event
assert event.payload["application_id"] == "application_1_2", event
assert exit_code(event.payload["diagnostics"]) == 3
server.shutdown()
print("ok")
