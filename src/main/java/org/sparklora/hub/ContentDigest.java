package org.sparklora.hub;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import org.sparklora.util.ContentHash;

/** The two hashes by which the hub names content. */
public final class ContentDigest {
  private ContentDigest() {}

  /** A digest for git's name of a blob: the SHA-1 of its length and its bytes. */
  public static MessageDigest gitSha1(long size) {
    MessageDigest digest = ContentHash.sha1();
    digest.update(("blob " + size + "\0").getBytes(StandardCharsets.US_ASCII));
    return digest;
  }

  /**
   * Makes the digest by which a file's content is checked: SHA-256 for a large file, otherwise
   * git's SHA-1.
   */
  static MessageDigest of(HubFile file) {
    return file.sha256().isPresent() ? ContentHash.sha256() : gitSha1(file.size());
  }
}
