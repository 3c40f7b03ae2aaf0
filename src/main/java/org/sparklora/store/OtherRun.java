package org.sparklora.store;

import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import org.apache.hadoop.fs.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sparklora.util.InvalidInputException;
import org.sparklora.util.SteadyClock;

/**
 * A run that holds a lease, as seen by another run that wants it.
 *
 * @param here the process that wants it
 * @param patience how long to watch a lease whose validity cannot be read
 */
record OtherRun(
    LeaseFolder folder, Path outputDir, Holder here, Duration patience, SteadyClock clock) {
  private static final Logger LOG = LoggerFactory.getLogger(OtherRun.class);
  private static final long LOOK_EVERY_MILLIS = 500;
  private static final int LOOKS_UNTIL_GONE = 3;

  /**
   * Waits until the run of this number has ended or is given up.
   *
   * @throws InvalidInputException (CONFIGURATION) when it is alive
   */
  void awaitEnd(long number) throws IOException {
    Optional<byte[]> first = folder.file(number).read();
    long since = clock.nanos();
    for (int looks = 1; first.isEmpty(); looks++) {
      if (isGone(number, looks) || clock.nanos() - since > patience.toNanos()) {
        return;
      }
      pause();
      first = folder.file(number).read();
    }
    Optional<Lease> seen = Lease.parse(first.get());
    if (seen.isEmpty()) {
      Path file = folder.file(number).path();
      LOG.warn(
          "{} is damaged: waiting {} s to see whether a run renews it", file, patience.toSeconds());
      awaitSilence(number, first.get(), patience);
      LOG.info("Taking over {}: nobody has renewed {}", outputDir, file);
    } else if (!seen.get().finished()) {
      awaitEnd(seen.get(), first.get(), number);
    }
  }

  /**
   * Whether a lease is gone, after several reads have failed. A single failure does not count,
   * because the lease may be in the middle of a replacement.
   */
  private boolean isGone(long number, int looks) throws IOException {
    return looks >= LOOKS_UNTIL_GONE && folder.newest().orElse(0) != number;
  }

  private void awaitEnd(Lease seen, byte[] bytes, long number) throws IOException {
    switch (seen.holder().lifeSeenFrom(here)) {
      case RUNNING -> throw inUse(seen);
      case GONE -> LOG.info("Taking over {} from {}, which is gone", outputDir, seen.holder());
      case UNKNOWN -> {
        LOG.info(
            "Waiting up to {} s to see whether {} still writes to {}",
            seen.validSeconds(),
            seen.holder(),
            outputDir);
        awaitSilence(number, bytes, Duration.ofSeconds(seen.validSeconds()));
        LOG.info("Taking over {} from {}, which is silent", outputDir, seen.holder());
      }
    }
  }

  /** Waits until a lease has not changed for its validity, or until its run has ended. */
  private void awaitSilence(long number, byte[] first, Duration validity) throws IOException {
    byte[] seen = first;
    int missing = 0;
    long since = clock.nanos();
    while (clock.nanos() - since < validity.toNanos()) {
      pause();
      Optional<byte[]> now = folder.file(number).read();
      missing = now.isEmpty() ? missing + 1 : 0;
      if (now.isEmpty()) {
        if (isGone(number, missing)) {
          return;
        }
        continue;
      }
      if (!Arrays.equals(now.get(), seen)) {
        Optional<Lease> lease = Lease.parse(now.get());
        if (lease.isPresent() && lease.get().finished()) {
          return;
        }
        if (lease.isPresent()) {
          throw inUse(lease.get());
        }
        seen = now.get();
        since = clock.nanos();
      }
    }
  }

  private void pause() throws IOException {
    try {
      clock.sleep(LOOK_EVERY_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("Interrupted while waiting for another run", e);
    }
  }

  private InvalidInputException inUse(Lease lease) {
    return InvalidInputException.configuration(
        "Cannot write to --output_dir: "
            + outputDir
            + "; "
            + lease.holder()
            + ", has been writing to it since "
            + lease.started()
            + ". Wait for it or stop it, or give this run another --output_dir");
  }
}
