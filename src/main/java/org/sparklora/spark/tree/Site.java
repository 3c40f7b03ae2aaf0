package org.sparklora.spark.tree;

import java.util.Comparator;

/**
 * A process in which workers run.
 *
 * @param host its name or address, as other executors know it
 * @param executor Spark's id of it
 * @param port where it takes sums of others; 0 if it takes none
 */
public record Site(String host, String executor, int port) implements Comparable<Site> {
  private static final Comparator<Site> ORDER =
      Comparator.comparing(Site::host).thenComparing(Site::executor).thenComparing(Site::port);

  /** Processes of one host stand beside each other. */
  @Override
  public int compareTo(Site other) {
    return ORDER.compare(this, other);
  }
}
