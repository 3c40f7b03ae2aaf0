"""Times a stranger's first notebook session: python stranger_session.py [FOLDER]

Start it in the repository's root, after `mvn package`. In FOLDER, a new one in the place for
temporary files by default, it makes a virtual environment, builds the wheel, installs it with
PySpark and a notebook kernel from PyPI without any cache, and runs the cells of
src/main/python/quickstart.ipynb. It prints the seconds of each part, and ends with 1 if a cell
fails, draws nothing, or if all of it takes ten minutes.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path

NOTEBOOK = "src/main/python/quickstart.ipynb"
LIMIT = 600


def cells():
    """Runs the notebook in this Python; prints JSON of each cell of code."""
    import nbformat
    from nbclient import NotebookClient

    notebook = nbformat.read(NOTEBOOK, as_version=4)
    NotebookClient(notebook, timeout=LIMIT, record_timing=True).execute()
    ran = []
    for cell in notebook.cells:
        if cell.cell_type == "code":
            kinds = [kind for output in cell.outputs for kind in output.get("data", {})]
            ran.append(
                {
                    "first": cell.source.splitlines()[0],
                    "seconds": seconds(cell.metadata.execution),
                    "pictures": kinds.count("image/png"),
                }
            )
    print(json.dumps(ran))


def seconds(timing):
    """From the kernel's first word about a cell to its reply."""
    first, last = (
        datetime.fromisoformat(timing[moment].replace("Z", "+00:00"))
        for moment in ("iopub.status.busy", "shell.execute_reply")
    )
    return (last - first).total_seconds()


class Parts:
    """The parts of the session, printed as they end."""

    def __init__(self):
        self.all = 0.0

    def add(self, name, seconds):
        self.all += seconds
        print(f"{seconds:8.1f} s  {name}", flush=True)

    def run(self, name, *command):
        began = time.perf_counter()
        done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, text=True)
        if done.returncode:
            print(done.stdout)
            raise SystemExit(f"{name}: exit code {done.returncode}")
        self.add(name, time.perf_counter() - began)
        return done.stdout


def main(folder):
    jars = ["target/spark-lora.jar", *Path("target/spark/jars").glob("pytorch-native-cpu-*.jar")]
    if len(jars) < 2 or not Path(jars[0]).exists():
        raise SystemExit("Missing target/spark-lora.jar or libtorch's jar: run mvn package first")
    os.environ.pop("SPARK_HOME", None)  # PySpark brings its own
    parts = Parts()
    python = folder / "venv/bin/python"
    pip = (python, "-m", "pip", "--quiet", "--disable-pip-version-check")
    parts.run("a virtual environment", sys.executable, "-m", "venv", folder / "venv")
    parts.run("the wheel", *pip, "wheel", "--no-deps", "--wheel-dir", folder, "src/main/python")
    (wheel,) = folder.glob("sparklora-*.whl")
    parts.run(
        "pip install", *pip, "install", "--no-cache-dir", wheel, "ipykernel", "nbclient", "nbformat"
    )
    began = time.perf_counter()
    done = subprocess.run(
        [str(python), __file__, "--cells"], stdout=subprocess.PIPE, text=True, check=True
    )
    ran = json.loads(done.stdout.splitlines()[-1])
    whole = time.perf_counter() - began
    parts.add("start and end of the kernel", whole - sum(cell["seconds"] for cell in ran))
    for cell in ran:
        parts.add(f"cell: {cell['first']}", cell["seconds"])
    pictures = sum(cell["pictures"] for cell in ran)
    print(f"{parts.all:8.1f} s  in all, {pictures} pictures shown")
    if pictures == 0 or parts.all > LIMIT:
        raise SystemExit(1)


if __name__ == "__main__":
    if sys.argv[1:] == ["--cells"]:
        cells()
    elif len(sys.argv) > 1:
        main(Path(sys.argv[1]).resolve())
    else:
        with tempfile.TemporaryDirectory() as temporary:
            main(Path(temporary))
