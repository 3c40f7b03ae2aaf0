"""Airflow: an adapter of one data set. Parameters are given with the DAG run.

Settings come from a connection and the environment: see SparkLoraOperator. What is needed and how
to try it: src/docs/airflow.md.
"""

from airflow.sdk import DAG, Param, task

from spark_lora_airflow.steps import PARAMS, adapter, folder

with DAG(
    dag_id="spark_lora",
    description="prepare, train, evaluate and publish a LoRA adapter",
    schedule=None,
    catchup=False,
    tags=["spark-lora"],
    params={
        "dataset_name": Param(
            type="string", minLength=1, description="Data set: a folder of Parquet files"
        ),
        "output_dir": Param(
            type="string", minLength=1, description="Folder of the adapter and its checkpoints"
        ),
        **PARAMS,
        "latent_cache_dir": folder("Of encoded pictures; OUTPUT_DIR/latents where it is left out"),
        "hub_model_id": Param(
            None, type=["null", "string"], pattern="^[^/]+/[^/]+$", description="Publish there"
        ),
        "publish_dir": folder("Or copy the adapter to this folder"),
    },
):

    @task
    def parameters(params: dict) -> dict:
        return dict(params)

    adapter(parameters())
