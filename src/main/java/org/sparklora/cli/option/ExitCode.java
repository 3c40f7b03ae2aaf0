package org.sparklora.cli.option;

import org.sparklora.util.InvalidInputException;

/** What the process ends with. */
public enum ExitCode {
  OK(0, "done"),
  /** The run failed for a reason that is none of the others. */
  FAILED(1, "the run failed"),
  /** A flag, or Spark's settings: nothing was computed. */
  CONFIGURATION(2, "a flag or a setting of Spark; nothing was computed"),
  /** A model, a data set or a checkpoint. */
  DATA(3, "the model, the data set, an adapter or a checkpoint"),
  /** Executors, devices or libraries are missing or lost. */
  RESOURCES(4, "executors, devices or libraries missing or lost"),
  /** A quantity of {@code verify} is out of its tolerance. */
  VERIFICATION(5, "verify: a quantity is out of its tolerance"),
  /** All was made, and is on its disk, but not published. */
  PUBLISHING(6, "all is made and written, but not published");

  private final int code;
  private final String meaning;

  ExitCode(int code, String meaning) {
    this.code = code;
    this.meaning = meaning;
  }

  /** For the help. */
  public String meaning() {
    return meaning;
  }

  public int code() {
    return code;
  }

  public static ExitCode of(InvalidInputException.Kind kind) {
    return switch (kind) {
      case CONFIGURATION -> CONFIGURATION;
      case DATA -> DATA;
      case RESOURCES -> RESOURCES;
    };
  }
}
