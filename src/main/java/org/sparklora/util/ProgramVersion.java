package org.sparklora.util;

/** The program's own name and version, for the files that it writes. */
public final class ProgramVersion {
  private static final String UNPACKED = "(unpacked)";

  private ProgramVersion() {}

  /**
   * Such as {@code spark-lora 0.1.0}: the version that the build writes into the jar's manifest.
   */
  public static String text() {
    String version = ProgramVersion.class.getPackage().getImplementationVersion();
    return "spark-lora " + (version == null ? UNPACKED : version);
  }
}
