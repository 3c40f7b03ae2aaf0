package org.sparklora.spark.subjects;

import java.io.Serializable;

/**
 * What has become of a subject.
 *
 * @param subject its name
 * @param steps it was trained for
 * @param loss mean over its last steps
 * @param folder of its adapter; empty where there is none
 * @param failure the first cause; empty where its adapter is written
 */
public record SubjectOutcome(String subject, long steps, double loss, String folder, String failure)
    implements Serializable {
  private static final long serialVersionUID = 1L;

  static SubjectOutcome failed(String subject, String cause) {
    return new SubjectOutcome(subject, 0, Double.NaN, "", cause);
  }

  boolean isFailed() {
    return !failure.isEmpty();
  }
}
