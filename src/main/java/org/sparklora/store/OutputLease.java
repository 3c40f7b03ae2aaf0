package org.sparklora.store;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sparklora.InvalidInputException;

/**
 * The right to write to an output folder, held by one run at a time.
 *
 * <p>It is a numbered file in {@code _lease/}, renewed by a third of its validity. A run that finds
 * another's refuses to start if that one is alive: at once where both are on one machine, otherwise
 * as soon as a renewal is seen. It takes over from a process that is gone from this machine at
 * once, otherwise when there was no renewal for the validity, by this machine's clock alone: clocks
 * need not agree. A run that was taken over from finds a higher number before its next write, and
 * stops.
 */
public final class OutputLease implements AutoCloseable, Fence {
  /** Hadoop's setting for the validity. */
  public static final String VALID_SECONDS = "sparklora.lease.seconds";

  private static final long DEFAULT_VALID_SECONDS = 30;
  private static final Logger LOG = LoggerFactory.getLogger(OutputLease.class);
  private static final long LOOK_EVERY_MILLIS = 500;

  private final LeaseFolder folder;
  private final Path outputDir;
  private final Runnable onLost;
  private final ScheduledExecutorService heartbeat;
  private volatile Lease lease;
  private volatile boolean lost;

  private OutputLease(LeaseFolder folder, Path outputDir, Lease lease, Runnable onLost) {
    this.folder = folder;
    this.outputDir = outputDir;
    this.lease = lease;
    this.onLost = onLost;
    this.heartbeat =
        Executors.newSingleThreadScheduledExecutor(
            work -> {
              Thread thread = new Thread(work, "output-lease");
              thread.setDaemon(true);
              return thread;
            });
  }

  /**
   * Waits for the right, for at most another run's validity.
   *
   * @param outputDir {@code --output_dir}
   * @param holder this process
   * @param onLost called once, by the renewing thread, when another run has taken over
   * @throws InvalidInputException (CONFIGURATION) when another run is writing there
   */
  public static OutputLease acquire(
      Configuration hadoop, Path outputDir, Holder holder, Runnable onLost) throws IOException {
    LeaseFolder folder =
        new LeaseFolder(outputDir.getFileSystem(hadoop), new Path(outputDir, LeaseFolder.NAME));
    long seconds = hadoop.getLong(VALID_SECONDS, DEFAULT_VALID_SECONDS);
    if (seconds < 1) {
      throw InvalidInputException.configuration(
          "Invalid " + VALID_SECONDS + ": " + seconds + "; it must be at least 1");
    }
    String run = UUID.randomUUID().toString();
    String now = Instant.now().toString();
    while (true) {
      OptionalLong newest = folder.newest();
      if (newest.isPresent()) {
        awaitEnd(folder, newest.getAsLong(), outputDir, holder);
      }
      Lease mine = new Lease(newest.orElse(0) + 1, run, holder, seconds, now, now, false);
      if (folder.file(mine.number()).createIfAbsent(mine.toJson())) {
        folder.deleteBefore(mine.number());
        OutputLease held = new OutputLease(folder, outputDir, mine, onLost);
        long every = Math.max(1, seconds * 1000 / 3);
        Future<?> unused =
            held.heartbeat.scheduleWithFixedDelay(held::renew, every, every, TimeUnit.MILLISECONDS);
        return held;
      }
    }
  }

  @Override
  public void requireHeld() throws IOException {
    OptionalLong newest = lost ? OptionalLong.of(Long.MAX_VALUE) : folder.newest();
    if (newest.orElse(0) > lease.number()) {
      lost = true;
      throw new SupersededException(
          "Superseded: another run has taken over "
              + outputDir
              + ", as this one had not renewed its lease for "
              + lease.validSeconds()
              + " s; it has stopped and writes nothing more");
    }
  }

  /** Whether another run has taken over. */
  public boolean isLost() {
    return lost;
  }

  /** Gives the right back. */
  @Override
  public void close() {
    heartbeat.shutdown();
    try {
      // A renewal under way must not come after the last word.
      heartbeat.awaitTermination(lease.validSeconds(), TimeUnit.SECONDS);
      if (!lost) {
        put(lease.finished(Instant.now()));
      }
    } catch (IOException e) {
      LOG.warn("Cannot give back {}: {}; it runs out by itself", outputDir, e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void renew() {
    try {
      requireHeld();
      lease = lease.renewed(Instant.now());
      put(lease);
    } catch (SupersededException e) {
      LOG.error(e.getMessage());
      heartbeat.shutdown();
      onLost.run();
    } catch (IOException | RuntimeException e) {
      LOG.warn("Cannot renew the lease of {}: {}", outputDir, e.getMessage());
    }
  }

  private void put(Lease next) throws IOException {
    folder.file(next.number()).replace(out -> out.write(next.toJson()));
  }

  /** Returns when the run of this number has ended or is given up. */
  private static void awaitEnd(LeaseFolder folder, long number, Path outputDir, Holder here)
      throws IOException {
    Optional<Lease> first = folder.read(number);
    if (first.isEmpty() || first.get().finished()) {
      return;
    }
    Lease seen = first.get();
    switch (seen.holder().lifeSeenFrom(here)) {
      case RUNNING -> throw inUse(outputDir, seen);
      case GONE -> LOG.info("Taking over {} from {}, which is gone", outputDir, seen.holder());
      case UNKNOWN -> {
        LOG.info(
            "Waiting up to {} s to see whether {} still writes to {}",
            seen.validSeconds(),
            seen.holder(),
            outputDir);
        if (isRenewed(folder, seen)) {
          throw inUse(outputDir, seen);
        }
        LOG.info("Taking over {} from {}, which is silent", outputDir, seen.holder());
      }
    }
  }

  private static boolean isRenewed(LeaseFolder folder, Lease seen) throws IOException {
    long deadline = System.nanoTime() + Duration.ofSeconds(seen.validSeconds()).toNanos();
    while (System.nanoTime() < deadline) {
      try {
        Thread.sleep(LOOK_EVERY_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("Interrupted while waiting for another run", e);
      }
      Optional<Lease> now = folder.read(seen.number());
      if (now.isEmpty() || now.get().finished()) {
        return false;
      }
      if (!now.get().renewed().equals(seen.renewed())) {
        return true;
      }
    }
    return false;
  }

  private static InvalidInputException inUse(Path outputDir, Lease lease) {
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
