package org.sparklora.cli.config;

import picocli.CommandLine.Option;

/** What {@code config} prints of a command; a mixin that is added to the command's own options. */
public final class PrintingOptions {
  /** In which form. */
  public enum Format {
    /** For people. */
    TABLE,
    /** A file for {@code --config}. */
    YAML,
    /** For programs. */
    JSON
  }

  @Option(
      names = "--format",
      paramLabel = "table|yaml|json",
      description = "Print a table, a file for --config, or JSON for programs (default: table).")
  private Format format = Format.TABLE;

  @Option(
      names = "--defaults",
      description = "Print a configuration file of all flags, described, at their defaults.")
  private boolean defaults;

  public Format format() {
    return format;
  }

  public boolean defaults() {
    return defaults;
  }
}
