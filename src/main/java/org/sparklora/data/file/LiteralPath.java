package org.sparklora.data.file;

/** A location as Spark's readers must be given it, because they expand patterns of names. */
public final class LiteralPath {
  private LiteralPath() {}

  /** The location with escapes before the characters that would be a pattern. */
  public static String of(String location) {
    return location.replaceAll("[\\\\{}\\[\\]*?]", "\\\\$0");
  }
}
