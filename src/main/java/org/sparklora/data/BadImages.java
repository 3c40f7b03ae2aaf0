package org.sparklora.data;

/** What to do with rows whose picture or caption cannot be used: {@code --on_bad_image}. */
public enum BadImages {
  /** Leave them out, count and name them. */
  SKIP,
  /** Stop and name the first ones. */
  FAIL;

  /**
   * What to do about such a row, or what is done, for messages.
   *
   * @param mend how the row is mended
   */
  String cure(String mend) {
    return this == SKIP ? "it is left out" : mend + ", or leave it out with --on_bad_image=skip";
  }
}
