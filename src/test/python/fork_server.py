"""Runs scripts in processes that have torch, diffusers, transformers and PEFT imported already, since
an import takes longer than most scripts.

Reads a line of JSON for each run: {"arguments": [SCRIPT, ...], "output": FILE}. What the script prints
goes to the file. Prints the script's exit code when it has ended. Ends when its input does.
"""

import json
import os
import runpy
import sys
import traceback

import peft  # noqa: F401
import torch  # noqa: F401
import transformers  # noqa: F401
from diffusers import StableDiffusionPipeline, StableDiffusionXLPipeline  # noqa: F401


def run(arguments):
    sys.argv = arguments
    sys.path[0] = os.path.dirname(os.path.abspath(arguments[0]))
    try:
        runpy.run_path(arguments[0], run_name="__main__")
        return 0
    except SystemExit as end:
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
        return 1


def in_child(request):
    output = os.open(request["output"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    code = run(request["arguments"])
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


for line in sys.stdin:
    request = json.loads(line)
    child = os.fork()
    if child == 0:
        in_child(request)
    _, status = os.waitpid(child, 0)
    print(os.waitstatus_to_exitcode(status), flush=True)
