package org.sparklora.report.page;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;

/**
 * A file of ours that the page holds.
 *
 * @param source how a content security policy names it: by its hash
 */
record Asset(String text, String source) {
  static Asset load(String name) {
    try (InputStream in = Asset.class.getResourceAsStream(name)) {
      byte[] bytes = in.readAllBytes();
      String hash =
          Base64.getEncoder().encodeToString(MessageDigest.getInstance("SHA-256").digest(bytes));
      return new Asset(new String(bytes, StandardCharsets.UTF_8), "'sha256-" + hash + "'");
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read " + name + " of the application jar", e);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java has SHA-256", e);
    }
  }
}
