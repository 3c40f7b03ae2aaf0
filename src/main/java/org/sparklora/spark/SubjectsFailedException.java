package org.sparklora.spark;

import java.util.List;
import java.util.stream.Collectors;

/** Some subjects have no adapter; the others have. */
public final class SubjectsFailedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * @param failed those that have none
   * @param subjects number of all
   */
  SubjectsFailedException(List<SubjectOutcome> failed, int subjects) {
    super(
        "%d of %d subjects failed, the others are written: %s"
            .formatted(
                failed.size(),
                subjects,
                failed.stream()
                    .map(outcome -> outcome.subject() + ": " + outcome.failure())
                    .collect(Collectors.joining("; "))));
  }
}
