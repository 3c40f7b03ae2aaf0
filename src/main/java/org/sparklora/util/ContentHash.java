package org.sparklora.util;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * Hashes of content, which name and check files. In text they are lower-case hexadecimal digits.
 */
public final class ContentHash {
  private ContentHash() {}

  public static MessageDigest sha256() {
    return digest("SHA-256");
  }

  public static MessageDigest sha1() {
    return digest("SHA-1");
  }

  /** The SHA-256 of all that a stream gives. */
  public static String sha256(InputStream in) throws IOException {
    MessageDigest digest = sha256();
    new DigestInputStream(in, digest).transferTo(OutputStream.nullOutputStream());
    return hex(digest);
  }

  /** All digits of what was hashed. The digest begins anew. */
  public static String hex(MessageDigest digest) {
    return HexFormat.of().formatHex(digest.digest());
  }

  /** The digits of the hash's first {@code bytes} bytes. The digest begins anew. */
  public static String hex(MessageDigest digest, int bytes) {
    return HexFormat.of().formatHex(digest.digest(), 0, bytes);
  }

  private static MessageDigest digest(String algorithm) {
    try {
      return MessageDigest.getInstance(algorithm);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Missing " + algorithm + ": every Java platform has it", e);
    }
  }
}
