package org.sparklora.store;

import java.util.UUID;
import java.util.regex.Pattern;

/** The name of a file that is being written, beside the file that it will replace. */
final class PartName {
  static final Pattern PATTERN =
      Pattern.compile("\\.(.+)\\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\\.part");

  private PartName() {}

  static String of(String target) {
    return "." + target + "." + UUID.randomUUID() + ".part";
  }
}
