"""Airflow 3: one training run. A retry goes on from the last checkpoint, to the same bytes.

Wants the provider apache-airflow-providers-apache-spark and a connection `spark_default`.
Parameters are given with the DAG run.
"""

from datetime import timedelta

from airflow.providers.apache.spark.operators.spark_submit import SparkSubmitOperator
from airflow.sdk import DAG, Param

HOME = "/opt/spark-lora"

with DAG(
    dag_id="spark_lora_train",
    schedule=None,
    catchup=False,
    tags=["spark-lora"],
    params={
        "pretrained_model_name_or_path": Param(type="string", description="Folder of the base model"),
        "dataset_name": Param(type="string", description="Folder of Parquet files"),
        "output_dir": Param(type="string", description="Folder of the adapter and checkpoints"),
        "max_train_steps": Param(15000, type="integer", minimum=1),
        "learning_rate": Param(1e-4, type="number", exclusiveMinimum=0),
        "resolution": Param(512, type="integer", multipleOf=8),
        "num_workers": Param(1, type="integer", minimum=1),
        "mixed_precision": Param("no", enum=["no", "bf16", "fp16"]),
        "seed": Param(1337, type="integer"),
    },
) as dag:
    SparkSubmitOperator(
        task_id="train",
        conn_id="spark_default",
        application=f"{HOME}/spark-lora.jar",
        properties_file=f"{HOME}/conf/spark-defaults-gpu.conf",
        application_args=["train", "--resume_from_checkpoint=latest"]
        + [f"--{name}={{{{ params.{name} }}}}" for name in dag.params],
        retries=3,
        retry_delay=timedelta(minutes=1),
    )
