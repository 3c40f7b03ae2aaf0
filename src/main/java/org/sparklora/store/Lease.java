package org.sparklora.store;

import static org.sparklora.util.Json.LENIENT;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.IOException;
import java.time.Instant;
import java.util.Optional;

/**
 * One run's right to write to an output folder, as it stands in the folder.
 *
 * @param number the run with the highest one may write
 * @param run unlike any other run's
 * @param holder the process
 * @param validSeconds without a renewal for so long, another run may take over
 * @param started when the run began
 * @param renewed when it last said that it goes on
 * @param renewals how often it has said so
 * @param finished whether it has ended
 */
record Lease(
    @JsonProperty("number") long number,
    @JsonProperty("run") String run,
    @JsonProperty("holder") Holder holder,
    @JsonProperty("valid_seconds") long validSeconds,
    @JsonProperty("started") String started,
    @JsonProperty("renewed") String renewed,
    @JsonProperty("renewals") long renewals,
    @JsonProperty("finished") boolean finished) {
  /** The longest that a run may be waited for. */
  static final long MOST_SECONDS = 86_400;

  /** The first of a run. */
  static Lease begin(long number, String run, Holder holder, long validSeconds, Instant now) {
    String at = now.toString();
    return new Lease(number, run, holder, validSeconds, at, at, 0, false);
  }

  /** Empty where the bytes are not a lease, such as half of one. */
  static Optional<Lease> parse(byte[] json) {
    try {
      return Optional.ofNullable(LENIENT.readValue(json, Lease.class)).filter(Lease::isWhole);
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private boolean isWhole() {
    return run != null
        && started != null
        && renewed != null
        && holder != null
        && holder.isWhole()
        && validSeconds >= 1
        && validSeconds <= MOST_SECONDS;
  }

  byte[] toJson() {
    try {
      return LENIENT.writerWithDefaultPrettyPrinter().writeValueAsBytes(this);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a lease is plain strings and numbers", e);
    }
  }

  Lease renewed(Instant now) {
    return next(number, now, false);
  }

  Lease finished(Instant now) {
    return next(number, now, true);
  }

  /** Of the same run, as if it began now. */
  Lease again(Instant now) {
    return next(number + 1, now, false);
  }

  private Lease next(long nextNumber, Instant now, boolean last) {
    return new Lease(
        nextNumber, run, holder, validSeconds, started, now.toString(), renewals + 1, last);
  }
}
