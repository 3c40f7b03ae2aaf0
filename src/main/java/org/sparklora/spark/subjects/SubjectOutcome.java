package org.sparklora.spark.subjects;

import java.io.Serializable;

/**
 * The outcome of a subject's training.
 *
 * @param subject its name
 * @param steps number of steps that it was trained
 * @param loss mean over its last steps
 * @param folder of its adapter; empty if there is none
 * @param failure the first cause; empty if its adapter is written
 */
public record SubjectOutcome(String subject, long steps, double loss, String folder, String failure)
    implements Serializable {
  private static final long serialVersionUID = 1L;

  static SubjectOutcome failed(String subject, String cause) {
    return new SubjectOutcome(subject, 0, Double.NaN, "", cause);
  }

  public boolean isFailed() {
    return !failure.isEmpty();
  }
}
