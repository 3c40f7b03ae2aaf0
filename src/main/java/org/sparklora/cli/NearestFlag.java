package org.sparklora.cli;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** What a misspelt flag or name was probably meant to be. */
final class NearestFlag {
  private static final double FARTHEST = 0.5;

  private NearestFlag() {}

  /** The flag nearest to the first one that is not known. */
  static Optional<String> of(ParameterException e) {
    if (!(e instanceof UnmatchedArgumentException unmatched)) {
      return Optional.empty();
    }
    CommandLine command = e.getCommandLine();
    List<String> known = new ArrayList<>(command.getSubcommands().keySet());
    command.getCommandSpec().options().forEach(option -> known.add(option.longestName()));
    return nearest(unmatched.getUnmatched().get(0).replaceFirst("=.*", ""), known);
  }

  /** The name of the list that takes the fewest edits, where fewer than half its letters. */
  static Optional<String> nearest(String text, List<String> names) {
    String wanted = text.toLowerCase(Locale.ROOT);
    return names.stream()
        .min(Comparator.comparingInt((String name) -> edits(wanted, name)))
        .filter(name -> edits(wanted, name) < FARTHEST * Math.max(wanted.length(), name.length()));
  }

  /** Levenshtein's distance. */
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
        current[j] = Math.min(replaced, 1 + Math.min(previous[j], current[j - 1]));
      }
      previous = current;
    }
    return previous[b.length()];
  }
}
