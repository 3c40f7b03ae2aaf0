package org.sparklora.report.history;

import java.util.ArrayList;
import java.util.List;

/** The time line. If there are too many lines, the first and the last ones stay. */
public final class Notes {
  static final int MOST_FIRST = 60;
  static final int MOST_LAST = 140;
  private static final int MOST_TEXT = 1000;

  private final List<Note> notes;
  private long leftOut;

  Notes() {
    this(List.of(), 0);
  }

  Notes(List<Note> notes, long leftOut) {
    this.notes = new ArrayList<>(notes);
    this.leftOut = leftOut;
  }

  void add(Note note) {
    String text = note.text();
    String shortened = text.length() <= MOST_TEXT ? text : text.substring(0, MOST_TEXT) + " ...";
    notes.add(new Note(note.at(), note.attempt(), note.step(), note.kind(), shortened));
    if (notes.size() > MOST_FIRST + MOST_LAST) {
      notes.remove(MOST_FIRST);
      leftOut++;
    }
  }

  public List<Note> all() {
    return List.copyOf(notes);
  }

  /** Number of lines between the first and the last ones that were dropped. */
  public long leftOut() {
    return leftOut;
  }
}
