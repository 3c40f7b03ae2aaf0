package org.sparklora.report.history;

/**
 * A line of the run's time line.
 *
 * @param at epoch milliseconds
 * @param attempt its number
 * @param step number of steps trained
 */
public record Note(long at, int attempt, long step, Kind kind, String text) {
  /** The kind of a note. */
  public enum Kind {
    PHASE,
    INCIDENT,
    END
  }
}
