package org.sparklora.util;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Finds the name that a user may have meant. */
public final class NearestName {
  private NearestName() {}

  /** The name with the fewest edits (Levenshtein 1966), the first of equals. */
  public static Optional<String> of(String wanted, List<String> names) {
    return names.stream()
        .min(
            Comparator.comparingInt(
                name -> edits(wanted.toLowerCase(Locale.ROOT), name.toLowerCase(Locale.ROOT))));
  }

  /** The nearest name, if at most about a third of its letters differ. */
  public static Optional<String> likely(String wanted, List<String> names) {
    return of(wanted, names)
        .filter(
            name ->
                3 * edits(wanted.toLowerCase(Locale.ROOT), name.toLowerCase(Locale.ROOT))
                    <= Math.max(wanted.length(), name.length()) + 2);
  }

  private static int edits(String a, String b) {
    int[] previous = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      previous[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int[] current = new int[b.length() + 1];
      current[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int replaced = previous[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        current[j] = Math.min(replaced, Math.min(previous[j], current[j - 1]) + 1);
      }
      previous = current;
    }
    return previous[b.length()];
  }
}
