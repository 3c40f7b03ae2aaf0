package org.sparklora.data;

/** What to do with rows whose picture or caption cannot be used: {@code --on_bad_image}. */
public enum BadImages {
  /** Leave the rows out, count them, and name the first ones. */
  SKIP,
  /** Stop and name the first ones. */
  FAIL;

  /**
   * Returns the end of a message about such a row: what to do about it, or what was done.
   *
   * @param mend how the row can be mended
   */
  String cure(String mend) {
    return this == SKIP ? "it is left out" : mend + ", or leave it out with --on_bad_image=skip";
  }
}
