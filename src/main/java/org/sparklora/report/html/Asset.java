package org.sparklora.report.html;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.sparklora.util.ContentHash;

/**
 * A file of this program that the page contains.
 *
 * @param source its name in a content security policy: its hash
 */
public record Asset(String text, String source) {
  /** Loads a file that lies beside a class of this program. */
  public static Asset load(Class<?> neighbor, String name) {
    try (InputStream in = neighbor.getResourceAsStream(name)) {
      byte[] bytes = in.readAllBytes();
      String hash = Base64.getEncoder().encodeToString(ContentHash.sha256().digest(bytes));
      return new Asset(new String(bytes, StandardCharsets.UTF_8), "'sha256-" + hash + "'");
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read " + name + " of the application jar", e);
    }
  }
}
