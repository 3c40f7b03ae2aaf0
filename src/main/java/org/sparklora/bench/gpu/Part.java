package org.sparklora.bench.gpu;

import java.io.IOException;
import java.util.List;

/** A part of the check. Parts do not depend on one another. */
interface Part {
  /** Its name in {@code --only}. */
  String name();

  /**
   * Runs it.
   *
   * @throws CommandFailedException when a command of it fails
   */
  List<Row> run(Node node) throws IOException, InterruptedException;
}
