package org.sparklora.spark.subjects;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Some subjects have no adapter; the others have one. */
public final class SubjectsFailedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Number of subjects that are named with their causes; the report names all. */
  private static final int NAMED = 10;

  /**
   * @param failed subjects without an adapter
   * @param subjects number of all subjects
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
