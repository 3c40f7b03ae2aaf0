package org.sparklora.cli.config;

import java.util.Optional;

/** The origin of a value. Origins are in the order of precedence. */
public sealed interface Origin {
  /** Words that follow the value in an error; empty for a flag, which the user sees. */
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
   * @param file the {@code spark-defaults.conf} that has the setting; empty if it came in another
   *     way, such as by {@code --conf} of spark-submit
   */
  record SparkSetting(String key, Optional<String> file) implements Origin {
    @Override
    public String toString() {
      return key + file.map(name -> " in " + name).orElse("");
    }
  }

  /** The flag's default. */
  record Default() implements Origin {
    @Override
    public String toString() {
      return "default";
    }
  }
}
