package org.sparklora.cli;

import java.nio.file.Path;
import java.util.regex.Pattern;
import org.sparklora.Credentials;

/** A folder as the user names it. */
final class Location {
  private static final Pattern URI = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]+:.*");

  private Location() {}

  /**
   * The folder for everybody: a path without a scheme is this machine's, relative to the working
   * directory of the command, which executors do not share.
   */
  static String resolve(String text) {
    return text.isEmpty() || URI.matcher(text).matches()
        ? text
        : Path.of(text).toAbsolutePath().normalize().toUri().toString().replaceFirst("/$", "");
  }

  /** A location as people write it: a path for a file of this machine, else without secrets. */
  static String shown(String location) {
    return Credentials.remove(location.replaceFirst("^file:(//)?(?=/)", ""));
  }
}
