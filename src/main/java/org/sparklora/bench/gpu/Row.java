package org.sparklora.bench.gpu;

/**
 * A line of the table.
 *
 * @param part the part of the check that it belongs to
 */
record Row(String part, String what, String value, Verdict verdict) {
  /** The verdict on a value. */
  enum Verdict {
    KEPT("ok"),
    BROKEN("FAIL"),
    /** A measured number without a required value. */
    MEASURED(""),
    /** A part that could not be run, without a required result. */
    LEFT_OUT("left out");

    private final String text;

    Verdict(String text) {
      this.text = text;
    }

    String text() {
      return text;
    }
  }

  static Row promise(String part, String what, String value, boolean kept) {
    return new Row(part, what, value, kept ? Verdict.KEPT : Verdict.BROKEN);
  }

  static Row measured(String part, String what, String value) {
    return new Row(part, what, value, Verdict.MEASURED);
  }

  static Row leftOut(String part, String what, String why) {
    return new Row(part, what, why, Verdict.LEFT_OUT);
  }
}
