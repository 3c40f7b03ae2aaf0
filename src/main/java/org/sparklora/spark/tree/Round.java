package org.sparklora.spark.tree;

/**
 * Identifies one tree of a segment. A tree that breaks is followed by another one in the next
 * round. Messages of earlier rounds are ignored.
 */
public record Round(int segment, int number) implements Comparable<Round> {
  @Override
  public int compareTo(Round other) {
    return segment != other.segment
        ? Integer.compare(segment, other.segment)
        : Integer.compare(number, other.number);
  }
}
