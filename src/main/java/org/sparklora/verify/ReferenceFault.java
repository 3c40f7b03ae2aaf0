package org.sparklora.verify;

import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sparklora.tensor.MemoryShortage;
import org.sparklora.util.InvalidInputException;

/**
 * Why a reference cannot be computed. Its files say how large everything is, so what fails on the
 * way fails because of them, unless the machine has no memory for it.
 */
final class ReferenceFault {
  private static final Logger LOG = LoggerFactory.getLogger(ReferenceFault.class);

  private ReferenceFault() {}

  /** The failure of a check, as a person can use it. */
  static InvalidInputException of(Path folder, RuntimeException failure) {
    return InvalidInputException.within(failure)
        .map(invalid -> of(folder, invalid))
        .or(() -> MemoryShortage.within(failure).map(ReferenceFault::of))
        .orElseGet(
            () -> {
              LOG.debug("Where it failed", failure);
              return InvalidInputException.data(
                  "Invalid reference "
                      + folder
                      + ": its values do not fit together: "
                      + lastLine(failure)
                      + "; write it anew",
                  failure);
            });
  }

  /** A reference is data, whatever a flag of the same value would be. */
  private static InvalidInputException of(Path folder, InvalidInputException invalid) {
    return invalid.kind() == InvalidInputException.Kind.CONFIGURATION
        ? InvalidInputException.data(
            "Invalid reference " + folder + ": " + invalid.getMessage(), invalid)
        : invalid;
  }

  private static InvalidInputException of(MemoryShortage shortage) {
    return InvalidInputException.resources(
        "Not enough memory: "
            + shortage.text()
            + " to compute the reference; give --precision=bf16 or --attention=sliced");
  }

  /** TorchScript puts its trace first, and what was wrong last. */
  private static String lastLine(RuntimeException failure) {
    return String.valueOf(failure.getMessage())
        .lines()
        .filter(line -> !line.isBlank())
        .reduce((first, second) -> second)
        .orElse("")
        .strip();
  }
}
