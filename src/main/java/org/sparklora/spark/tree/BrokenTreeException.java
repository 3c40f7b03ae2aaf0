package org.sparklora.spark.tree;

/** The round has ended before the next adapter came. */
public final class BrokenTreeException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  BrokenTreeException() {
    super("The round has ended before the next adapter came");
  }
}
