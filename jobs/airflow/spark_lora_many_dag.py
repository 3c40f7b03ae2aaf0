"""Airflow: an adapter for each of many data sets or subjects, with the same recipe."""

from airflow.sdk import DAG, Param, task
from airflow.sdk.exceptions import AirflowFailException

from spark_lora_airflow.steps import PARAMS, adapter

RUN = {
    "type": "object",
    "properties": {
        "dataset_name": {"type": "string", "minLength": 1},
        "output_dir": {"type": "string", "minLength": 1},
        "latent_cache_dir": {"type": "string", "minLength": 1},
        "hub_model_id": {"type": "string", "pattern": "^[^/]+/[^/]+$"},
        "publish_dir": {"type": "string", "minLength": 1},
        "train_flags": {"type": "array", "items": {"type": "string", "pattern": "^--[a-z]"}},
    },
    "required": ["dataset_name", "output_dir"],
    "additionalProperties": False,
}

with DAG(
    dag_id="spark_lora_many",
    description="prepare, train, evaluate and publish a LoRA adapter for each of many data sets",
    schedule=None,
    catchup=False,
    tags=["spark-lora"],
    params={
        "runs": Param(
            type="array",
            items=RUN,
            minItems=1,
            description="What is each adapter's own; its train_flags follow those of all",
        ),
        **PARAMS,
    },
):

    @task
    def parameters(params: dict) -> list[dict]:
        outputs = [run["output_dir"].rstrip("/") for run in params["runs"]]
        if len(set(outputs)) < len(outputs):
            raise AirflowFailException(f"Invalid runs: two share an output_dir: {outputs}")
        shared = {name: value for name, value in params.items() if name != "runs"}
        return [
            {**shared, **run, "train_flags": shared["train_flags"] + run.get("train_flags", [])}
            for run in params["runs"]
        ]

    adapter.expand(run=parameters())
