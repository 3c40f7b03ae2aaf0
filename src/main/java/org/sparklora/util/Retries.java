package org.sparklora.util;

import java.time.Duration;
import java.util.Optional;

/**
 * Repeats a request that failed for a temporary reason. Each pause between attempts is twice as
 * long as the one before.
 *
 * @param firstPause after the first attempt
 */
public record Retries(Duration firstPause, SteadyClock clock) {
  public Retries(Duration firstPause) {
    this(firstPause, SteadyClock.SYSTEM);
  }

  /**
   * One attempt.
   *
   * @param <T> the type of the result
   * @param <E> what it throws
   */
  @FunctionalInterface
  public interface Attempt<T, E extends Exception> {
    /**
     * Makes the request. A permanent failure, or that of the last attempt, is thrown.
     *
     * @param number of the attempt, from 1
     */
    Outcome<T> make(int number) throws E, InterruptedException;
  }

  /**
   * The outcome of an attempt.
   *
   * @param result empty if the request is to be made again
   * @param pause before the next attempt; empty for the usual one
   */
  public record Outcome<T>(Optional<T> result, Optional<Duration> pause) {
    public static <T> Outcome<T> done(T result) {
      return new Outcome<>(Optional.of(result), Optional.empty());
    }

    public static <T> Outcome<T> again() {
      return new Outcome<>(Optional.empty(), Optional.empty());
    }

    public static <T> Outcome<T> againAfter(Duration pause) {
      return new Outcome<>(Optional.empty(), Optional.of(pause));
    }
  }

  /** The usual pause after an attempt. */
  public Duration pauseAfter(int attempt) {
    return firstPause.multipliedBy(1L << (attempt - 1));
  }

  /** Waits the usual pause after an attempt. */
  public void pause(int attempt) throws InterruptedException {
    clock.sleep(pauseAfter(attempt).toMillis());
  }

  /** The result of the first attempt that has one. */
  public <T, E extends Exception> T until(Attempt<T, E> attempt) throws E, InterruptedException {
    for (int number = 1; ; number++) {
      Outcome<T> outcome = attempt.make(number);
      if (outcome.result().isPresent()) {
        return outcome.result().get();
      }
      clock.sleep(outcome.pause().orElse(pauseAfter(number)).toMillis());
    }
  }
}
