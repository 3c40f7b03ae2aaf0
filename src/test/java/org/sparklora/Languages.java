package org.sparklora;

import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;

/** Machines that write numbers or capital letters in ways of their own. */
public final class Languages {
  /** Arabic and Devanagari digits, a dotless i, a comma for the point. */
  private static final List<String> TAGS = List.of("ar-EG", "hi-IN-u-nu-deva", "tr-TR", "de-DE");

  private Languages() {}

  /** What comes of the work in each of them. */
  public static <T> List<T> each(Callable<T> work) throws Exception {
    Locale before = Locale.getDefault();
    try {
      List<T> results = new java.util.ArrayList<>();
      for (String tag : TAGS) {
        Locale.setDefault(Locale.forLanguageTag(tag));
        results.add(work.call());
      }
      return results;
    } finally {
      Locale.setDefault(before);
    }
  }
}
