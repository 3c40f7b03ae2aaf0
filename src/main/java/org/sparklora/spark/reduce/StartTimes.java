package org.sparklora.spark.reduce;

import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.sparklora.util.StarterProcess;
import org.sparklora.util.Times;

/**
 * Measures where the time from submit to the first step goes, part by part. Only one thread may
 * mark.
 */
public final class StartTimes {
  private final Map<String, Double> parts = new LinkedHashMap<>();
  private Instant last;

  StartTimes(Instant submitted) {
    this.last = submitted;
  }

  /** Starts the clock at the start of this process, or of the one that started it. */
  public static StartTimes sinceSubmit() {
    return new StartTimes(
        StarterProcess.handle()
            .or(() -> Optional.of(ProcessHandle.current()))
            .flatMap(process -> process.info().startInstant())
            .orElseGet(Instant::now));
  }

  /** Marks that a part ends now. */
  public void mark(String part) {
    mark(part, Instant.now());
  }

  /** Marks the end of a part. A part that ended before the previous one took no time of its own. */
  public void mark(String part, Instant end) {
    double seconds = Math.max(0, Duration.between(last, end).toNanos() * 1e-9);
    parts.merge(part, seconds, Double::sum);
    last = end.isAfter(last) ? end : last;
  }

  /** Returns a text such as {@code 5 s after submit: Java 1.2 s, first step 3.8 s}. */
  public String text() {
    double all = parts.values().stream().mapToDouble(seconds -> seconds).sum();
    return Times.span(all)
        + " after submit: "
        + parts.entrySet().stream()
            .map(part -> part.getKey() + " " + Times.span(part.getValue()))
            .collect(Collectors.joining(", "));
  }
}
