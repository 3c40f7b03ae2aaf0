package org.sparklora.model;

import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Objects;

/** Files of the test resources. */
public final class Resources {
  private Resources() {}

  public static Path file(String name) {
    try {
      return Path.of(Objects.requireNonNull(Resources.class.getResource(name), name).toURI());
    } catch (URISyntaxException e) {
      throw new IllegalArgumentException(name, e);
    }
  }
}
