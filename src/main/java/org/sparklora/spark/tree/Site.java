package org.sparklora.spark.tree;

import java.util.Comparator;

/**
 * A process in which workers run.
 *
 * @param host the name or address at which other executors reach it
 * @param executor Spark's id of it
 * @param port where it takes sums of others; 0 if it takes none
 */
public record Site(String host, String executor, int port) implements Comparable<Site> {
  private static final Comparator<Site> ORDER =
      Comparator.comparing(Site::host).thenComparing(Site::executor).thenComparing(Site::port);

  /** Orders processes by host first, so that those of one host are adjacent. */
  @Override
  public int compareTo(Site other) {
    return ORDER.compare(this, other);
  }
}
