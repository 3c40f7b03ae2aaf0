package org.sparklora.hub.publish;

import java.util.List;
import java.util.Optional;

/**
 * A plan of what would be published.
 *
 * @param repo id of the repository
 * @param privateRepo whether it will be private
 * @param summary of the commit
 * @param files in order of their paths
 * @param unknown reason why the hub did not say whether the token may write there; empty if it did
 */
public record UploadPlan(
    String repo, boolean privateRepo, String summary, List<File> files, Optional<String> unknown) {
  /**
   * A file.
   *
   * @param path in the repository
   * @param bytes its size
   */
  public record File(String path, long bytes) {}

  public UploadPlan {
    files = List.copyOf(files);
  }
}
