package org.sparklora.cli.config;

import java.util.Optional;

/** Where a value comes from, in the order of precedence. */
public sealed interface Origin {
  /** To stand after the value in an error; nothing for a flag, which is in sight. */
  default String afterValue() {
    return this instanceof FileLine || this instanceof SparkSetting ? " (" + this + ")" : "";
  }

  /** Given on the command line. */
  record Flag() implements Origin {
    @Override
    public String toString() {
      return "flag";
    }
  }

  /**
   * A line of a configuration file.
   *
   * @param file as {@code --config} names it
   * @param line from 1
   */
  record FileLine(String file, int line) implements Origin {
    @Override
    public String toString() {
      return file + ":" + line;
    }
  }

  /**
   * A setting of Spark.
   *
   * @param file the {@code spark-defaults.conf} that says so; empty where it came otherwise, such
   *     as by {@code --conf} of spark-submit
   */
  record SparkSetting(String key, Optional<String> file) implements Origin {
    @Override
    public String toString() {
      return key + file.map(name -> " in " + name).orElse("");
    }
  }

  /** What it is where nobody says anything. */
  record Default() implements Origin {
    @Override
    public String toString() {
      return "default";
    }
  }
}
