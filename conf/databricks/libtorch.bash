#!/usr/bin/env bash
# Cluster-scoped init script: unpacks CUDA libtorch on each node of a Databricks cluster. Not run on
# Databricks. SPARK_LORA_LIBTORCH is the path of libtorch's zip file on a volume or under /dbfs.
set -euo pipefail
: "${SPARK_LORA_LIBTORCH:?names the zip file of libtorch}"
mkdir -p /opt
# The file holds one folder, libtorch. Python is there where unzip may not be.
python3 -m zipfile -e "$SPARK_LORA_LIBTORCH" /opt
test -e /opt/libtorch/lib/libtorch.so
