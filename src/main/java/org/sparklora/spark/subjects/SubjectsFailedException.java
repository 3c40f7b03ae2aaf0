package org.sparklora.spark.subjects;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Some subjects have no adapter; the others have. */
public final class SubjectsFailedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** How many are named with their causes; the report has them all. */
  private static final int NAMED = 10;

  /**
   * @param failed those that have none
   * @param subjects number of all
   */
  SubjectsFailedException(List<SubjectOutcome> failed, int subjects) {
    super(
        String.format(
            Locale.ROOT,
            "%d of %d subjects failed, the others are written: %s",
            failed.size(),
            subjects,
            failed.stream()
                .limit(NAMED)
                .map(outcome -> outcome.subject() + ": " + outcome.failure())
                .collect(Collectors.joining("; ", "", failed.size() > NAMED ? "; ..." : ""))));
  }
}
