package org.sparklora.cli.option;

import org.sparklora.util.InvalidInputException;

/** The exit code of the process. */
public enum ExitCode {
  OK(0, "done"),
  /** The run failed for another reason than those below. */
  FAILED(1, "the run failed"),
  /** A flag or a setting of Spark is wrong; nothing was computed. */
  CONFIGURATION(2, "a flag or a setting of Spark is wrong; nothing was computed"),
  /** A model, a data set or a checkpoint is wrong. */
  DATA(3, "the model, the data set, an adapter or a checkpoint cannot be used"),
  /** Executors, devices or libraries are missing or lost. */
  RESOURCES(4, "executors, devices or libraries are missing or were lost"),
  /** A quantity of {@code verify} is out of its tolerance. */
  VERIFICATION(5, "verify: a quantity is out of tolerance"),
  /** All results were written but not published. */
  PUBLISHING(6, "all files are written, but they could not be published");

  private final int code;
  private final String meaning;

  ExitCode(int code, String meaning) {
    this.code = code;
    this.meaning = meaning;
  }

  /** The meaning, for the help. */
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
