package org.sparklora.hub;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A file of a commit.
 *
 * @param size in bytes
 * @param etag hash of the content: the SHA-256 of a large file, otherwise git's SHA-1 of the blob
 */
record HubFile(String path, long size, String etag) {
  private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");
  private static final Pattern GIT_SHA1 = Pattern.compile("[0-9a-f]{40}");

  HubFile {
    RepoPath.requireSafe(path);
    if (size < 0 || !isEtag(etag)) {
      throw new IllegalArgumentException(
          "Invalid size or entity tag of " + path + ": " + size + ", " + etag);
    }
  }

  static boolean isEtag(String text) {
    return SHA256.matcher(text).matches() || GIT_SHA1.matcher(text).matches();
  }

  /** The content's SHA-256; empty for a small file, of which the hub states only git's SHA-1. */
  Optional<String> sha256() {
    return SHA256.matcher(etag).matches() ? Optional.of(etag) : Optional.empty();
  }
}
