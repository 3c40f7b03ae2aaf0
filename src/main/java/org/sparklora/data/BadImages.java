package org.sparklora.data;

/** What {@code --on_bad_image} does with a picture that cannot be decoded. */
public enum BadImages {
  /** Count it, name it, go on without it. */
  SKIP,
  /** End the run. */
  FAIL
}
