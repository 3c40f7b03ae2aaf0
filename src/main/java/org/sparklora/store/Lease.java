package org.sparklora.store;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
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
 * @param finished whether it has ended
 */
record Lease(
    @JsonProperty("number") long number,
    @JsonProperty("run") String run,
    @JsonProperty("holder") Holder holder,
    @JsonProperty("valid_seconds") long validSeconds,
    @JsonProperty("started") String started,
    @JsonProperty("renewed") String renewed,
    @JsonProperty("finished") boolean finished) {
  private static final JsonMapper JSON =
      JsonMapper.builder().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES).build();

  /** Empty where the bytes are not a lease, such as half of one. */
  static Optional<Lease> parse(byte[] json) {
    try {
      Lease lease = JSON.readValue(json, Lease.class);
      return lease.run() == null || lease.holder() == null ? Optional.empty() : Optional.of(lease);
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  byte[] toJson() {
    try {
      return JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(this);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a lease is plain strings and numbers", e);
    }
  }

  Lease renewed(Instant now) {
    return new Lease(number, run, holder, validSeconds, started, now.toString(), false);
  }

  Lease finished(Instant now) {
    return new Lease(number, run, holder, validSeconds, started, now.toString(), true);
  }
}
