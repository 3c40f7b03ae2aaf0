"""Runs a notebook: python run_notebook.py NOTEBOOK CLASS_PATH, in the repository's root.

Prints JSON: the kinds of output of each cell of code.
"""

import json
import os
import sys
from pathlib import Path

import nbformat
import pyspark
from nbclient import NotebookClient

notebook, class_path = sys.argv[1:]
own = {jar.name for jar in (Path(pyspark.__file__).parent / "jars").iterdir()}
jars = ":".join(part for part in class_path.split(":") if Path(part).name not in own)
# In place of the jars that the notebook names, which a test has not built.
os.environ["PYSPARK_SUBMIT_ARGS"] = f"--conf spark.driver.extraClassPath={jars} pyspark-shell"
run = NotebookClient(nbformat.read(notebook, as_version=4), timeout=900).execute()
print(
    json.dumps(
        [
            sorted({kind for output in cell.outputs for kind in output.get("data", {})})
            for cell in run.cells
            if cell.cell_type == "code"
        ]
    )
)
