package org.sparklora.spark.tree;

/**
 * The time in which a tree is used. A tree that breaks is followed by another one in the next
 * round, and whatever is still said of an earlier round no longer counts.
 */
public record Round(int segment, int number) implements Comparable<Round> {
  @Override
  public int compareTo(Round other) {
    return segment != other.segment
        ? Integer.compare(segment, other.segment)
        : Integer.compare(number, other.number);
  }
}
