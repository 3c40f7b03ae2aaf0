package org.sparklora.store;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.OptionalLong;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sparklora.util.InvalidInputException;
import org.sparklora.util.Repeating;
import org.sparklora.util.SteadyClock;

/**
 * The right to write to an output folder, held by one run at a time.
 *
 * <p>A lease is a numbered file in {@code _lease/}, renewed after a third of its validity. A run
 * that finds a live run's lease refuses to start: at once if both are on one machine, otherwise as
 * soon as it sees a renewal. It takes over at once from a process that is gone from this machine.
 * Otherwise it takes over when there was no renewal for the validity, measured by this machine's
 * clock alone, so clocks need not agree. A run that has lost its folder finds a higher number
 * before its next write, and stops. A run that cannot renew its lease stops before another may take
 * it.
 */
public final class OutputLease implements AutoCloseable, Fence {
  /** Hadoop's setting for the validity. */
  public static final String VALID_SECONDS = "sparklora.lease.seconds";

  /** The name of the folder within the output folder that leases are in. */
  public static final String FOLDER = LeaseFolder.NAME;

  private static final long DEFAULT_VALID_SECONDS = 30;
  private static final Logger LOG = LoggerFactory.getLogger(OutputLease.class);

  private final Path outputDir;
  private final Tenure tenure;
  private final LeaseWatch watch;
  private final Repeating renewing;
  private final Repeating watching;

  private OutputLease(Path outputDir, Tenure tenure, SteadyClock clock, Runnable onLost) {
    this.outputDir = outputDir;
    this.tenure = tenure;
    this.watch = new LeaseWatch(tenure, outputDir, clock, onLost);
    long every = tenure.validity().toMillis() / 30;
    // The thread that checks the clock accesses no file, so a disk that hangs cannot block it.
    this.renewing = Repeating.every(every, "output-lease", watch::renew);
    this.watching = Repeating.every(every, "output-lease-watch", watch::look);
  }

  /**
   * Takes the lease. Waits for another run's lease for at most its validity.
   *
   * @param outputDir {@code --output_dir}
   * @param holder this process
   * @param onLost called once, by a thread of its own, when another run has taken over or may do so
   *     soon
   * @throws InvalidInputException (CONFIGURATION) when another run is writing there
   */
  public static OutputLease acquire(
      Configuration hadoop, Path outputDir, Holder holder, Runnable onLost) throws IOException {
    return acquire(hadoop, outputDir, holder, SteadyClock.SYSTEM, onLost);
  }

  /** Takes the lease with a given clock. */
  static OutputLease acquire(
      Configuration hadoop, Path outputDir, Holder holder, SteadyClock clock, Runnable onLost)
      throws IOException {
    return new OutputLease(outputDir, take(hadoop, outputDir, holder, clock), clock, onLost);
  }

  static Tenure take(Configuration hadoop, Path outputDir, Holder holder, SteadyClock clock)
      throws IOException {
    long seconds = validSeconds(hadoop);
    OtherRun other = other(hadoop, outputDir, holder, clock);
    LeaseFolder folder = other.folder();
    String run = UUID.randomUUID().toString();
    while (true) {
      OptionalLong newest = folder.newest();
      if (newest.isPresent()) {
        other.awaitEnd(newest.getAsLong());
      }
      long began = clock.nanos();
      Lease mine = Lease.begin(newest.orElse(0) + 1, run, holder, seconds, Instant.now());
      if (folder.file(mine.number()).createIfAbsent(mine.toJson())) {
        folder.deleteBefore(mine.number());
        PartFiles.deleteLeft(folder.fileSystem(), outputDir, mine.number());
        return new Tenure(folder, outputDir, mine, began, clock);
      }
    }
  }

  private static long validSeconds(Configuration hadoop) {
    long seconds = hadoop.getLong(VALID_SECONDS, DEFAULT_VALID_SECONDS);
    if (seconds < 1 || seconds > Lease.MOST_SECONDS) {
      throw InvalidInputException.configuration(
          "Invalid "
              + VALID_SECONDS
              + ": "
              + seconds
              + "; it must be a whole number from 1 to "
              + Lease.MOST_SECONDS);
    }
    return seconds;
  }

  /**
   * Waits until no run writes to a folder, as {@link #acquire} does, but changes nothing.
   *
   * @throws InvalidInputException (CONFIGURATION) when another run is writing there
   */
  public static void awaitFree(Configuration hadoop, Path outputDir, Holder here)
      throws IOException {
    OtherRun other = other(hadoop, outputDir, here, SteadyClock.SYSTEM);
    OptionalLong newest = other.folder().newest();
    if (newest.isPresent()) {
      other.awaitEnd(newest.getAsLong());
    }
  }

  private static OtherRun other(
      Configuration hadoop, Path outputDir, Holder here, SteadyClock clock) throws IOException {
    Path path = new Path(outputDir, LeaseFolder.NAME);
    LeaseFolder folder = new LeaseFolder(StoreFile.of(path, hadoop).fileSystem(), path);
    Duration patience = Duration.ofSeconds(Math.max(validSeconds(hadoop), DEFAULT_VALID_SECONDS));
    return new OtherRun(folder, outputDir, here, patience, clock);
  }

  @Override
  public void requireHeld() throws IOException {
    tenure.requireHeld();
  }

  /** Whether this run may no longer write. */
  public boolean isLost() {
    return tenure.lost().isPresent();
  }

  /** Releases the lease. */
  @Override
  public void close() {
    renewing.close();
    try {
      // A renewal in progress must not be written after the lease was given back.
      renewing.awaitEnd(tenure.validity().toSeconds());
      if (!isLost()) {
        tenure.finish();
      }
    } catch (IOException | SupersededException e) {
      LOG.warn("Cannot give back {}: {}; it runs out by itself", outputDir, e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      watching.close();
    }
  }
}
