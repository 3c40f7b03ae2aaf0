package org.sparklora.cli;

import org.sparklora.InvalidInputException;

/** What the process ends with. */
enum ExitCode {
  OK(0),
  /** The run failed for a reason that is none of the others. */
  FAILED(1),
  /** A flag, or Spark's settings: nothing was computed. */
  CONFIGURATION(2),
  /** A model, a data set or a checkpoint. */
  DATA(3),
  /** Executors, devices or libraries are missing or lost. */
  RESOURCES(4),
  /** A quantity of {@code verify} is out of its tolerance. */
  VERIFICATION(5),
  /** All was made, and is on its disk, but not published. */
  PUBLISHING(6);

  private final int code;

  ExitCode(int code) {
    this.code = code;
  }

  int code() {
    return code;
  }

  static ExitCode of(InvalidInputException.Kind kind) {
    return switch (kind) {
      case CONFIGURATION -> CONFIGURATION;
      case DATA -> DATA;
      case RESOURCES -> RESOURCES;
    };
  }
}
