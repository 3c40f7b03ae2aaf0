package org.sparklora.data;

/** What to do with rows whose picture or caption cannot be used: {@code --on_bad_image}. */
public enum BadImages {
  /** Leave them out, count and name them. */
  SKIP,
  /** Stop and name the first ones. */
  FAIL
}
