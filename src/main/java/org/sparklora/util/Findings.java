package org.sparklora.util;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** Runs checks one after another and throws what all of them found at once. */
public final class Findings {
  private final List<String> problems = new ArrayList<>();
  private InvalidInputException.Kind kind = InvalidInputException.Kind.DATA;

  /** Runs a check and returns its result; empty when it found a problem. */
  public <T> Optional<T> collect(Supplier<T> check) {
    try {
      return Optional.of(check.get());
    } catch (InvalidInputException e) {
      if (problems.isEmpty()) {
        kind = e.kind();
      }
      problems.addAll(e.problems());
      return Optional.empty();
    }
  }

  /** Runs a check without a result. */
  public void check(Runnable check) {
    collect(
        () -> {
          check.run();
          return true;
        });
  }

  /** Number of problems so far. */
  public int count() {
    return problems.size();
  }

  /**
   * Throws if there was a problem.
   *
   * @throws InvalidInputException with every problem, of the first one's kind
   */
  public void throwAll() {
    if (!problems.isEmpty()) {
      throw new InvalidInputException(kind, problems);
    }
  }
}
