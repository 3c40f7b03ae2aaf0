package org.sparklora.hub;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** The two names that content has on the hub. */
public final class ContentDigest {
  private ContentDigest() {}

  public static MessageDigest sha256() {
    return digest("SHA-256");
  }

  /** Git's name of a blob: the SHA-1 of its length and its bytes. */
  public static MessageDigest gitSha1(long size) {
    MessageDigest digest = digest("SHA-1");
    digest.update(("blob " + size + "\0").getBytes(StandardCharsets.US_ASCII));
    return digest;
  }

  /** What a file's content is checked with. */
  static MessageDigest of(HubFile file) {
    return file.sha256().isPresent() ? sha256() : gitSha1(file.size());
  }

  public static String hex(MessageDigest digest) {
    return HexFormat.of().formatHex(digest.digest());
  }

  private static MessageDigest digest(String algorithm) {
    try {
      return MessageDigest.getInstance(algorithm);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has " + algorithm, e);
    }
  }
}
