package org.sparklora.data.row;

import java.io.Serializable;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The subject of each row of a data set. */
public final class Subjects {
  /** The place in {@code --instance_prompt} that a subject's name takes. */
  public static final String PLACE = "{subject}";

  private final String[] names;
  private final int[] subjects;
  private final int[] numbers;

  /**
   * The subjects of consecutive rows.
   *
   * @param names of all subjects
   * @param subjects by row, the index of its subject's name
   * @param numbers by row, its number among its subject's rows
   */
  record Slice(String[] names, int[] subjects, int[] numbers) implements Serializable {
    private static final long serialVersionUID = 1L;

    SubjectRow at(int row) {
      return new SubjectRow(names[subjects[row]], numbers[row]);
    }
  }

  /**
   * Collects the subjects of all rows.
   *
   * @param byRow the subject's name of each row
   */
  public Subjects(List<String> byRow) {
    Map<String, Integer> places = new LinkedHashMap<>();
    this.subjects = new int[byRow.size()];
    this.numbers = new int[byRow.size()];
    int[] counts = new int[byRow.size()];
    for (int row = 0; row < subjects.length; row++) {
      Integer known = places.putIfAbsent(byRow.get(row), places.size());
      subjects[row] = known == null ? places.size() - 1 : known;
      numbers[row] = counts[subjects[row]]++;
    }
    this.names = places.keySet().toArray(new String[0]);
  }

  /** The subjects, in the order of their first rows. */
  public List<String> names() {
    return List.of(names);
  }

  /** The subjects of the rows from {@code from} to {@code to}, exclusive. */
  Slice slice(long from, long to) {
    int first = Math.toIntExact(from);
    int end = Math.toIntExact(to);
    return new Slice(
        names, Arrays.copyOfRange(subjects, first, end), Arrays.copyOfRange(numbers, first, end));
  }
}
