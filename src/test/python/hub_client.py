"""What huggingface_hub and diffusers do with a hub and a cache: the reference for ours.

upload ENDPOINT CACHE REPO FOLDER    upload_folder, then snapshot_download; prints the commit
offline CACHE REPO                   opens the cache without a hub: snapshot_download and, where it
                                     is a model, from_pretrained; prints the snapshot's folder
download ENDPOINT CACHE REPO         snapshot_download; prints the folder

The settings are the environment's: they must be there before the import.
"""

import os
import sys

mode = sys.argv[1]
endpoint = sys.argv[2] if mode != "offline" else "http://127.0.0.1:9"
cache, repo = sys.argv[3:5] if mode != "offline" else sys.argv[2:4]
os.environ.update(
    HF_ENDPOINT=endpoint,
    HF_HUB_CACHE=cache,
    HF_HUB_OFFLINE="1" if mode == "offline" else "0",
    # The hub of the tests has no Xet storage; the public one serves the same files over HTTP, too.
    HF_HUB_DISABLE_XET="1",
    HF_HUB_DISABLE_PROGRESS_BARS="1",
    HF_HUB_DISABLE_TELEMETRY="1",
)

from huggingface_hub import create_repo, snapshot_download, upload_folder  # noqa: E402

if mode == "upload":
    create_repo(repo, exist_ok=True)
    info = upload_folder(repo_id=repo, folder_path=sys.argv[5], ignore_patterns=["step_*"])
    assert snapshot_download(repo).endswith(info.oid)
    print(info.oid)
elif mode == "download":
    print(snapshot_download(repo))
else:
    folder = snapshot_download(repo)
    if os.path.exists(os.path.join(folder, "model_index.json")):
        from diffusers import DiffusionPipeline

        pipeline = DiffusionPipeline.from_pretrained(repo)
        assert pipeline.unet.config.cross_attention_dim == 96
    print(folder)
