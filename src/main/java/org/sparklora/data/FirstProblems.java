package org.sparklora.data;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Names the first problems of a kind one by one, and counts the others. */
final class FirstProblems {
  private static final int NAMED = 20;

  private FirstProblems() {}

  /**
   * The problems that are named.
   *
   * @param rest the words that follow the number of the others
   */
  static List<String> of(List<String> problems, String rest) {
    if (problems.size() <= NAMED) {
      return problems;
    }
    List<String> named = new ArrayList<>(problems.subList(0, NAMED));
    named.add(String.format(Locale.ROOT, "... and %d more %s", problems.size() - NAMED, rest));
    return named;
  }
}
