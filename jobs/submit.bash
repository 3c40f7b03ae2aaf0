# What the submit scripts have in common; they source it.
#   jobs/submit-WHERE [--dry-run] [SPARK_OPTION... --] [COMMAND] FLAG...
# SPARK_OPTION goes to spark-submit, such as --driver-memory 4g --conf KEY=VALUE. COMMAND is `train`
# where it is left out. --dry-run prints the command instead of running it.
# shellcheck shell=bash
set -euo pipefail
home=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
jar=$home/target/spark-lora.jar

dry_run=false
spark_options=()
application=()

# Splits the script's arguments.
read_arguments() {
  if [[ ${1:-} == --help || $# == 0 ]]; then
    sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0" >&2
    sed -n '2,4s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
    exit 2
  fi
  if [[ $1 == --dry-run ]]; then
    dry_run=true
    shift
  fi
  local argument
  for argument in "$@"; do
    if [[ $argument == -- ]]; then
      while [[ $1 != -- ]]; do
        spark_options+=("$1")
        shift
      done
      shift
      break
    fi
  done
  application=("$@")
  if [[ ${1:---} == --* ]]; then
    application=(train "$@")
  fi
}

# The settings' file: PROPERTIES, else this repository's conf/spark-defaults-NAME.conf.
properties_for() {
  echo "${PROPERTIES:-$home/conf/spark-defaults-$1.conf}"
}

# --jars LIBTORCH, where the Spark that submits has no libtorch for CPUs among its own jars.
libtorch_for_cpus() {
  local own=("${SPARK_HOME:-$home/target/spark}"/jars/pytorch-native-cpu-*.jar)
  if [[ ! -e ${own[0]} ]]; then
    printf '%s\n' --jars "$home"/target/spark/jars/pytorch-native-cpu-*.jar
  fi
}

# Runs spark-submit, or prints the command. In client mode, the default, spark-submit ends with the
# exit code of spark-lora.
submit() {
  local command=("$home/jobs/bin/spark-submit" "$@" ${spark_options[@]+"${spark_options[@]}"})
  command+=("$application_jar" "${application[@]}")
  if $dry_run; then
    printf '%q ' "${command[@]}"
    printf '\n'
    exit 0
  fi
  if [[ ${DEPLOY_MODE:-client} == client ]]; then
    export LOG4J_CONFIGURATION_FILE=${LOG4J_CONFIGURATION_FILE:-$home/conf/log4j2.properties}
    exec "${command[@]}"
  fi
  submit_to_cluster "${command[@]}"
}

# In cluster mode the exit code of spark-lora is in what spark-submit logs alone.
submit_to_cluster() {
  local log code told
  log=$(mktemp)
  set +e
  { "$@" 2>&1 >&3 | tee "$log" >&2; code=${PIPESTATUS[0]}; } 3>&1
  set -e
  told=$(sed -nE 's/.*(User application exited with status|[eE]xit code:) ([0-9]+).*/\2/p' "$log" | tail -1)
  rm -f "$log"
  exit "${told:-$code}"
}
application_jar=$jar
