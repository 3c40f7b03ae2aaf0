#!/usr/bin/env python3
"""Makes archives to carry to a GPU node that has Python with torch, but neither Java nor a network.

usage: gpu_kit.py FILE.tar.xz [--djl FOLDER] [--python PYTHON]...

FILE.tar.xz holds all that jobs/gpu-check needs: a Java 17 runtime, the program, the parts of Spark
that the check loads, a tiny model with its reference values. FILE-more.tar holds the quick start's
model and the other references; unpack it over the first. Both are at most 64 MiB, or the script fails.

--djl is a checkout of github.com/deepjavalibrary/djl at v0.36.0. With it the kit can compute with any
torch that DJL's JNI library compiles for (jobs/djl-jni): it is compiled now for the torch of each
--python, and on the node for another torch, if the node has g++. Libraries that were compiled before
into target/jni/VERSION/libdjl_torch.so go along. Without any of these, torch must be 2.7.1.

Which parts of Spark are needed is found by running the program. Wants target/ as
`mvn -DskipTests package` makes it, a JDK 17 and an x86-64 Linux. Takes some minutes.
"""

import argparse
import collections
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
MOST = 64 << 20
SPARK_ARGS = "src/main/resources/org/sparklora/cli/spark-java.args"
GOLDEN = "src/test/resources/golden"
SMALL_MODEL = "target/small-model"
MODULES = (
    "java.base,java.desktop,java.instrument,java.logging,java.management,java.naming,java.net.http,"
    "java.rmi,java.scripting,java.security.jgss,java.security.sasl,java.sql,java.xml,jdk.crypto.ec,"
    "jdk.management,jdk.net,jdk.security.auth,jdk.unsupported,jdk.zipfs"
)
FILES = (
    "LICENSE", "NOTICE", "conf", "jobs", SPARK_ARGS,
    "src/quickstart/ink", "src/test/resources/sd15-layout",
    f"{GOLDEN}/sd15", f"{GOLDEN}/distilled",
)
MORE = ("src/quickstart/base-model", f"{GOLDEN}/sd2", f"{GOLDEN}/sdxl")
# Of these, only classes that were loaded, with those inside them: tables, files, file systems. Of
# other jars, all classes of a package of which one was loaded: a run on a GPU may need others.
BY_CLASS = (
    "spark-catalyst_", "spark-sql", "icu4j-", "scala-reflect-", "janino-", "datasketches-",
    "hadoop-client-", "parquet-",
)
# Spark starts executors with classes that a run without GPUs need not load, and Netty does without
# its library for Linux, from whose jar no class is loaded.
WHOLE = (
    "org/apache/spark/resource", "org/apache/spark/deploy", "org/apache/spark/executor", "io/netty/",
)
# Libraries of other processors and systems, Spark's web pages, names of places and money; indices and
# signatures of whole jars.
FOREIGN = re.compile(
    r"(?i)(windows|win32|win-x86|darwin|mac|osx|sunos|freebsd|openbsd|dragonfly|aix|android)[/\-_]"
    r"|(aarch64|aarch_64|arm|armv6|armv7|armel|ppc|ppc64|ppc64le|s390x|riscv64|riscv|loongarch64|"
    r"loongarch|mips64el|x86)/|/static/|^META-INF/(maven/|INDEX.LIST|[^/]+\.(SF|RSA|DSA)$)|^webapps/"
    r"|icudata/(zone|unit|curr|lang|region|translit|rbnf)/"
)


def program(arguments, master, logs):
    """Runs a command of the program, and notes each class that it and its executors load."""
    jars = sorted(map(str, (ROOT / "target/spark/jars").glob("*.jar")))
    environment = dict(
        os.environ,
        SPARK_HOME=str(ROOT / "target/spark"),
        SPARK_SCALA_VERSION="2.13",
        SPARK_LOCAL_IP="127.0.0.1",
        JDK_JAVA_OPTIONS=f"-Xlog:class+load:file={logs}/%p.log",
    )
    log = logs / f"{arguments[0]}.out"
    command = ["java", "-Xmx1500m", f"@{SPARK_ARGS}", "-Dspark.ui.enabled=false"]
    command += [f"-Dspark.master={master}", "-Dspark.executor.memory=1500m"]
    command += ["-Dlog4j2.configurationFile=conf/log4j2.properties"]
    command += ["-cp", os.pathsep.join([str(ROOT / "target/spark-lora.jar"), *jars])]
    command += ["org.sparklora.cli.Main", *arguments]
    with log.open("a") as out:
        code = subprocess.call(command, cwd=ROOT, env=environment, stdout=out, stderr=out)
    if code:
        sys.exit(f"error: {arguments[0]} failed:\n{log.read_text()[-2000:]}")


def small_model(kit):
    """The model of the smallest reference, with a tokenizer: what is trained without the other archive."""
    model = kit / SMALL_MODEL
    shutil.copytree(kit / GOLDEN / "sd15/model", model, copy_function=os.link)
    (model / "tokenizer").mkdir()
    for name in ("vocab.json", "merges.txt"):
        shutil.copy(ROOT / "src/main/resources/org/sparklora/model/clip" / name, model / "tokenizer")
    return model


def loaded(model, scratch):
    """What the check loads of each jar: classes, or the folders that they are in."""
    logs = scratch / "logs"
    logs.mkdir()
    train = ["train", f"--pretrained_model_name_or_path={model}", f"--output_dir={scratch}/trained"]
    train += ["--dataset_name=src/quickstart/ink", "--max_train_samples=4", "--resolution=64"]
    train += ["--center_crop", "--num_workers=2", "--rank=2", "--checkpointing_steps=1"]
    train += ["--report_to=none", f"--latent_cache_dir={scratch}/latents"]
    program([*train, "--max_train_steps=1"], "local[1]", logs)
    program(
        [*train, "--max_train_steps=2", "--resume_from_checkpoint=latest"],
        "local-cluster[1,2,2048]", logs)
    program(["generate", f"--pretrained_model_name_or_path={model}", "--prompt=a", "--height=64",
             "--width=64", "--num_inference_steps=1", f"--output_dir={scratch}/drawn"],
            "local[1]", logs)
    program(["bench", f"--pretrained_model_name_or_path={model}", "--resolution=64", "--steps=1",
             "--pictures=2", "--num_inference_steps=0", f"--output_file={scratch}/bench.json"],
            "local[1]", logs)
    program(["verify", f"--reference={GOLDEN}/distilled"], "local[1]", logs)
    found = collections.defaultdict(set)
    line = re.compile(r"\] (\S+) source: file:\S*/([^/]+\.jar)$", re.MULTILINE)
    for log in logs.glob("*.log"):
        for name, jar in line.findall(log.read_text(errors="replace")):
            found[jar].add(unit(jar, name.replace(".", "/")))
    return found


def unit(jar, name):
    """A class's folder, or for some jars the class without what is inside it."""
    return name.partition("$")[0] if jar.startswith(BY_CLASS) else name.rpartition("/")[0]


def trim(jar, out, units):
    """Copies a jar: uncompressed, which xz makes smaller; of its classes those of some units."""
    with zipfile.ZipFile(jar) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as new:
        for entry in old.infolist():
            name = entry.filename
            if entry.is_dir() or FOREIGN.search(name):
                continue
            a_class = name.endswith(".class") and not name.startswith(WHOLE)
            if a_class and units and unit(jar.name, name.removesuffix(".class")) not in units:
                continue
            new.writestr(zipfile.ZipInfo(entry.filename), old.read(entry))


def jni(djl, pythons, kit):
    """The JNI library for each torch, and its sources."""
    sources = kit / "target/djl"
    for part in ("engines/pytorch/pytorch-native/src/main/native", "api/src/main/native"):
        shutil.copytree(djl / part, sources / part)
    for name in ("LICENSE", "NOTICE"):
        if (djl / name).exists():
            shutil.copy(djl / name, sources)
    headers = sources / "jni-headers"
    subprocess.check_call([ROOT / "jobs/djl-jni", f"--djl={djl}", f"--headers={headers}"])
    for python in pythons:
        version = subprocess.check_output(
            [python, "-c", "import torch; print(torch.__version__.split('+')[0])"], text=True)
        out = kit / "target/jni" / version.strip() / "libdjl_torch.so"
        subprocess.check_call(
            [ROOT / "jobs/djl-jni", f"--djl={sources}", f"--python={python}", str(out)])


def copy(name, to):
    (to / name).parent.mkdir(parents=True, exist_ok=True)
    if (ROOT / name).is_dir():
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, to / name, ignore=ignored)
    else:
        shutil.copy(ROOT / name, to / name)


def pack(folder, file, mode):
    options = {"preset": 9} if mode.endswith("xz") else {}
    with tarfile.open(file, mode, **options) as archive:
        archive.add(folder, "spark-lora-gpu-kit")
    size = file.stat().st_size
    print(f"{file}: {size / (1 << 20):.1f} MiB")
    if size > MOST:
        sys.exit(f"error: {file} is larger than 64 MiB")


def main():
    flags = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    flags.add_argument("file", type=pathlib.Path)
    flags.add_argument("--djl", type=pathlib.Path)
    flags.add_argument("--python", action="append", default=[])
    given = flags.parse_args()
    if not given.file.name.endswith(".tar.xz"):
        flags.error(f"Invalid FILE: {given.file}; its name must end with .tar.xz")
    if not (ROOT / "target/spark-lora.jar").exists():
        sys.exit("error: Missing target/spark-lora.jar: run mvn -DskipTests package")
    with tempfile.TemporaryDirectory() as made:
        scratch = pathlib.Path(made)
        kit, more = scratch / "kit", scratch / "more"
        for name in FILES:
            copy(name, kit)
        for name in MORE:
            copy(name, more)
        subprocess.check_call(
            ["jlink", "--add-modules", MODULES, "--strip-debug", "--no-man-pages",
             "--no-header-files", "--output", str(kit / "target/java")])
        jars = kit / "target/spark/jars"
        jars.mkdir(parents=True)
        trim(ROOT / "target/spark-lora.jar", kit / "target/spark-lora.jar", set())
        for jar, units in sorted(loaded(small_model(kit), scratch).items()):
            found = ROOT / "target/spark/jars" / jar
            if found.exists() and not jar.startswith("pytorch-native-"):
                trim(found, jars / jar, units)
        if (ROOT / "target/jni").is_dir():
            copy("target/jni", kit)
        if given.djl:
            jni(given.djl, given.python, kit)
        pack(kit, given.file, "w:xz")
        pack(more, given.file.with_name(given.file.name.replace(".tar.xz", "-more.tar")), "w")


if __name__ == "__main__":
    main()
