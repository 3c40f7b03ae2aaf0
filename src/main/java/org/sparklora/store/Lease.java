package org.sparklora.store;

import static org.sparklora.util.Json.LENIENT;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.IOException;
import java.time.Instant;
import java.util.Optional;

/**
 * One run's right to write to an output folder, as written in the folder.
 *
 * @param number of the lease; the run with the highest number may write
 * @param run an id that no other run has
 * @param holder the process
 * @param validSeconds after which another run may take over if there was no renewal
 * @param started when the run began
 * @param renewed time of the last renewal
 * @param renewals number of renewals so far
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
  /** The longest validity, in seconds. */
  static final long MOST_SECONDS = 86_400;

  /** The first lease of a run. */
  static Lease begin(long number, String run, Holder holder, long validSeconds, Instant now) {
    String at = now.toString();
    return new Lease(number, run, holder, validSeconds, at, at, 0, false);
  }

  /** Reads a lease; empty if the bytes are not one, such as half of one. */
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

  /** Returns a lease of the same run with the next number, renewed now. */
  Lease again(Instant now) {
    return next(number + 1, now, false);
  }

  private Lease next(long nextNumber, Instant now, boolean last) {
    return new Lease(
        nextNumber, run, holder, validSeconds, started, now.toString(), renewals + 1, last);
  }
}
