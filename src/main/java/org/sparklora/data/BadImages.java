package org.sparklora.data;

/** What to do with rows whose picture or caption cannot be used: {@code --on_bad_image}. */
public enum BadImages {
  /** Leave them out, count and name them. */
  SKIP,
  /** Stop and name the first ones. */
  FAIL;

  /**
   * The words of a message that say what to do about such a row, or what was done.
   *
   * @param mend how the row can be mended
   */
  String cure(String mend) {
    return this == SKIP ? "it is left out" : mend + ", or leave it out with --on_bad_image=skip";
  }
}
