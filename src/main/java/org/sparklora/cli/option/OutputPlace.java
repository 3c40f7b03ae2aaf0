package org.sparklora.cli.option;

import java.io.IOException;
import org.apache.hadoop.conf.Configuration;
import org.sparklora.model.folder.StagedOutput;
import org.sparklora.util.InvalidInputException;

/** Finds out that something cannot be written before work is spent on it. */
final class OutputPlace {
  private OutputPlace() {}

  /**
   * Writes an empty file beside the place, and removes it.
   *
   * @throws InvalidInputException (CONFIGURATION) when that fails
   */
  static void requireWritable(String flag, String location, Configuration hadoop) {
    try (StagedOutput output = StagedOutput.open(location, hadoop)) {
      output.file().close();
    } catch (IOException | IllegalArgumentException e) {
      throw InvalidInputException.configuration(
          "Cannot write to " + flag + ": " + Location.shown(location) + ": " + e.getMessage());
    }
  }
}
