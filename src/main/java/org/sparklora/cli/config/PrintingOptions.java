package org.sparklora.cli.config;

import picocli.CommandLine.Option;

/** Options for what {@code config} prints. This mixin is added to the command's own options. */
public final class PrintingOptions {
  /** The form of the output. */
  public enum Format {
    /** A table for people. */
    TABLE,
    /** A file for {@code --config}. */
    YAML,
    /** JSON for programs. */
    JSON
  }

  @Option(
      names = "--format",
      paramLabel = "table|yaml|json",
      description = "Print a table, a file for --config, or JSON for programs (default: table).")
  private Format format = Format.TABLE;

  @Option(
      names = "--defaults",
      description = "Print a configuration file that describes all flags at their defaults.")
  private boolean defaults;

  public Format format() {
    return format;
  }

  public boolean defaults() {
    return defaults;
  }
}
