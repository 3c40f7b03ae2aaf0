#!/usr/bin/env bash
# Bootstrap action: unpacks CUDA libtorch on each node of an EMR cluster.
# Not run on EMR. The cgroups of GPUs need no script where the release mounts them itself.
# Argument: the URL of libtorch's zip file, s3://BUCKET/..., or SPARK_LORA_LIBTORCH has it.
set -euo pipefail
libtorch=${1:-${SPARK_LORA_LIBTORCH:?names the zip file of libtorch}}
file=$(mktemp)
aws s3 cp --only-show-errors "$libtorch" "$file"
# The file holds one folder, libtorch. Python is there where unzip may not be.
sudo python3 -m zipfile -e "$file" /opt
rm "$file"
test -e /opt/libtorch/lib/libtorch.so
