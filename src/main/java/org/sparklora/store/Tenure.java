package org.sparklora.store;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.apache.hadoop.fs.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sparklora.util.SteadyClock;

/**
 * A lease that this run holds. Its validity counts from the beginning of its last renewal, by a
 * monotonic clock. After nine tenths of the validity the run writes nothing, until it has taken the
 * lease again as any other run would have to: by creating the next number.
 */
final class Tenure implements Fence {
  private static final Logger LOG = LoggerFactory.getLogger(Tenure.class);

  private final LeaseFolder folder;
  private final Path outputDir;
  private final SteadyClock clock;
  private volatile Lease lease;
  private volatile long heldSince;
  private volatile Optional<String> lost = Optional.empty();
  private volatile boolean superseded;

  /**
   * A lease that was just created.
   *
   * @param heldSince when its creation began
   */
  Tenure(LeaseFolder folder, Path outputDir, Lease lease, long heldSince, SteadyClock clock) {
    this.folder = folder;
    this.outputDir = outputDir;
    this.lease = lease;
    this.heldSince = heldSince;
    this.clock = clock;
  }

  @Override
  public void requireHeld() throws IOException {
    requireNotLost();
    synchronized (this) {
      requireNotLost();
      requireNewest(lease.number());
      if (isExpired()) {
        takeAgain();
      }
    }
  }

  /** Renews the lease once a third of its validity is over. */
  void renewIfDue() throws IOException {
    if (age().compareTo(validity().dividedBy(3)) >= 0) {
      renew();
    }
  }

  /** Writes a renewal. */
  synchronized void renew() throws IOException {
    requireNotLost();
    long began = clock.nanos();
    requireNewest(lease.number());
    if (isExpired()) {
      takeAgain();
      return;
    }
    // Somebody may have deleted the folder, and a third run may have started again at the first
    // number.
    if (folder.read(lease.number()).filter(there -> !isOwn(there)).isPresent()) {
      throw superseded();
    }
    put(lease.renewed(Instant.now()), began);
  }

  private void takeAgain() throws IOException {
    long silent = age().toSeconds();
    long began = clock.nanos();
    Lease next = lease.again(Instant.now());
    if (!folder.file(next.number()).createIfAbsent(next.toJson())) {
      if (folder.read(next.number()).filter(this::isOwn).isEmpty()) {
        throw superseded();
      }
      folder.replace(next);
    }
    lease = next;
    heldSince = began;
    requireNewest(next.number());
    folder.deleteBefore(next.number());
    LOG.warn(
        "Took {} again: its lease had not been renewed for {} s, and no other run had taken it",
        outputDir,
        silent);
  }

  private void put(Lease next, long began) throws IOException {
    folder.replace(next);
    lease = next;
    heldSince = began;
  }

  private boolean isOwn(Lease other) {
    return other.run().equals(lease.run());
  }

  private void requireNewest(long number) throws IOException {
    long newest = folder.newest().orElse(0);
    // This run's own attempt to take the lease again may have failed half way and left a file.
    if (newest > number && folder.read(newest).filter(this::isOwn).isEmpty()) {
      throw superseded();
    }
  }

  private SupersededException superseded() {
    superseded = true;
    lose(
        "Superseded: another run has taken over "
            + outputDir
            + ", as this one had not renewed its lease for "
            + lease.validSeconds()
            + " s; it has stopped and writes nothing more");
    return new SupersededException(lost.orElseThrow());
  }

  private void requireNotLost() throws IOException {
    if (lost.isPresent()) {
      if (superseded) {
        throw new SupersededException(lost.get());
      }
      throw new IOException(lost.get());
    }
  }

  /** Gives up a lease that cannot be renewed, because another run may soon take the folder. */
  void expire(String why) {
    lose(
        "Cannot renew the lease of "
            + outputDir
            + " for "
            + age().toSeconds()
            + " s: "
            + why
            + "; another run may write there now, so this one has stopped and writes nothing more."
            + " Submit it again with --resume_from_checkpoint=latest");
  }

  private void lose(String message) {
    if (lost.isEmpty()) {
      lost = Optional.of(message);
    }
  }

  /** Whether the run must take the lease again before it may write. */
  boolean isExpired() {
    return age().compareTo(validity().multipliedBy(9).dividedBy(10)) >= 0;
  }

  private Duration age() {
    return Duration.ofNanos(clock.nanos() - heldSince);
  }

  Duration validity() {
    return Duration.ofSeconds(lease.validSeconds());
  }

  /** Why the run may no longer write; empty while it may. */
  Optional<String> lost() {
    return lost;
  }

  /** Releases the lease. */
  synchronized void finish() throws IOException {
    requireHeld();
    folder.replace(lease.finished(Instant.now()));
  }
}
