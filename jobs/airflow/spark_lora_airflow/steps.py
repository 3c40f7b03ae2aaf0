"""prepare -> train -> evaluate -> approve -> publish, for one adapter."""

from __future__ import annotations

from typing import Any

from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.sdk import Param, task, task_group
from airflow.sdk.exceptions import AirflowSkipException

from spark_lora_airflow.operator import SparkLoraOperator


def flags(description: str) -> Param:
    """A list of flags, a line each in Airflow's form."""
    return Param(
        [],
        type="array",
        items={"type": "string", "pattern": "^--[a-z]"},
        description=f"More flags of {description}",
    )


def folder(description: str) -> Param:
    return Param(None, type=["null", "string"], minLength=1, description=description)


# Parameters that are flags of prepare and train, and those of train alone.
DATA = {
    "pretrained_model_name_or_path": Param(
        type="string", minLength=1, description="Base model: a folder that the cluster reaches"
    ),
    "resolution": Param(512, type="integer", minimum=8, multipleOf=8),
    "seed": Param(0, type="integer"),
}
TRAINING = {
    "max_train_steps": Param(15000, type="integer", minimum=1),
    "checkpointing_steps": Param(
        500, type="integer", minimum=1, description="A retry computes at most so many steps again"
    ),
    "train_batch_size": Param(1, type="integer", minimum=1),
    "num_workers": Param(1, type="integer", minimum=1),
    "learning_rate": Param(1e-4, type="number", exclusiveMinimum=0),
    "rank": Param(4, type="integer", minimum=1),
    "mixed_precision": Param("no", type="string", enum=["no", "bf16", "fp16"]),
}
# Parameters of every DAG here.
PARAMS = {
    **DATA,
    **TRAINING,
    "data_flags": flags("prepare and train, such as --center_crop"),
    "train_flags": flags("train, such as --snr_gamma=5"),
    "prompts": folder("Draw these after training: a table of prompts that the cluster reaches"),
    "generate_flags": flags("generate, such as --num_inference_steps=30"),
    "approve": Param(
        False, type="boolean", description="Wait for somebody who has looked at the pictures"
    ),
}


def commands(run: dict[str, Any]) -> dict[str, list[str]]:
    """The arguments of spark-lora for each step; none where the run does not ask for the step."""
    output = run["output_dir"]
    adapter = f"{output}/pytorch_lora_weights.safetensors"
    cache = run.get("latent_cache_dir") or f"{output}/latents"
    data = [f"--{name}={run[name]}" for name in (*DATA, "dataset_name")]
    data += [f"--latent_cache_dir={cache}", *run["data_flags"]]
    training = [f"--{name}={run[name]}" for name in TRAINING]
    steps = {
        "prepare": ["prepare", *data],
        "train": ["train", *data, *training, f"--output_dir={output}"]
        + ["--resume_from_checkpoint=latest", *run["train_flags"]],
        "evaluate": [],
        "publish": [],
    }
    if run["prompts"]:
        steps["evaluate"] = ["generate", f"--prompts={run['prompts']}", f"--adapter={adapter}"]
        steps["evaluate"] += [
            f"--pretrained_model_name_or_path={run['pretrained_model_name_or_path']}",
            f"--seed={run['seed']}",
            f"--output_dir={output}-evaluation",
            "--overwrite",
            *run["generate_flags"],
        ]
    if run.get("hub_model_id"):
        steps["publish"] = ["push", output, f"--hub_model_id={run['hub_model_id']}"]
    elif run.get("publish_dir"):
        steps["publish"] = ["convert", adapter, "--format=diffusers", "--overwrite"]
        steps["publish"] += [f"--output_dir={run['publish_dir']}"]
    return steps


def skip_unless_asked(context: Any) -> None:
    if not context["params"]["approve"]:
        raise AirflowSkipException("Nobody is asked: the parameter approve is off")


@task_group
def adapter(run: dict[str, Any]) -> None:
    """Every task may be cleared and run again: caches and checkpoints are gone on from, the rest is
    written anew with the same bytes."""

    @task(multiple_outputs=True)
    def arguments(run: dict[str, Any]) -> dict[str, list[str]]:
        return commands(run)

    def step(name: str, **settings: Any) -> SparkLoraOperator:
        return SparkLoraOperator(
            task_id=name, application_args=steps[name], **{"retries": 3, **settings}
        )

    steps = arguments(run)
    approve = ApprovalOperator(
        task_id="approve",
        subject="Publish this adapter?",
        body="Pictures of {{ params.prompts }} are in OUTPUT_DIR-evaluation.",
        pre_execute=skip_unless_asked,
        trigger_rule="none_failed",
    )
    # Each try goes on where the last one was lost.
    train = step("train", retries=20)
    publish = step("publish", trigger_rule="none_failed")
    step("prepare") >> train >> step("evaluate") >> approve >> publish
