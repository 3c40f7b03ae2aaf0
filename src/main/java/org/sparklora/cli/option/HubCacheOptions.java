package org.sparklora.cli.option;

import java.util.Optional;
import org.sparklora.cli.config.Problems;
import picocli.CommandLine.Option;

/** The folder of downloads. */
public final class HubCacheOptions {
  @Option(
      names = "--cache_dir",
      paramLabel = "PATH",
      description =
          "Folder for downloads from the hub, on each machine that needs them (default:"
              + " HF_HUB_CACHE, or hub in HF_HOME).")
  private String cacheDir = "";

  public Optional<String> folder(Problems problems) {
    problems.require(
        !cacheDir.matches("[A-Za-z][A-Za-z0-9+.-]+:.*"),
        "--cache_dir",
        cacheDir,
        "it must be a path: the cache has links, which object stores have not");
    return Optional.of(cacheDir).filter(folder -> !folder.isEmpty());
  }
}
