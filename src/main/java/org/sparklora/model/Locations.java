package org.sparklora.model;

import java.nio.file.Path;
import java.util.regex.Pattern;

/** Names of files and folders, as people give them. */
public final class Locations {
  private static final Pattern URI = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]+:.*");

  private Locations() {}

  /**
   * The name for everybody: a path without a scheme is this machine's, relative to the working
   * directory of this process, which executors do not share.
   */
  public static String absolute(String text) {
    return text.isEmpty() || URI.matcher(text).matches()
        ? text
        : Path.of(text).toAbsolutePath().normalize().toUri().toString().replaceFirst("/$", "");
  }
}
