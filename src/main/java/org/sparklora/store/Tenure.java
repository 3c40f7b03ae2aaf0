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
 * A lease that this run has. It counts from the moment at which its last renewal was begun, by a
 * clock that nobody sets. Nine tenths of its validity later nothing is written any more, until the
 * run has taken it again as any other run would have to: by creating the next number.
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
   * @param heldSince when its creation was begun
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

  /** Says that the run goes on. */
  synchronized void renew() throws IOException {
    requireNotLost();
    long began = clock.nanos();
    requireNewest(lease.number());
    if (isExpired()) {
      takeAgain();
      return;
    }
    // Somebody may have deleted the folder, and a third run have begun to count anew.
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
    // An attempt to take it again that failed half way has left one of this run's own.
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

  /** Gives up a lease that cannot be renewed, as another run may soon have the folder. */
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

  /** Whether the run must not write before it has taken the lease again. */
  boolean isExpired() {
    return age().compareTo(validity().multipliedBy(9).dividedBy(10)) >= 0;
  }

  private Duration age() {
    return Duration.ofNanos(clock.nanos() - heldSince);
  }

  Duration validity() {
    return Duration.ofSeconds(lease.validSeconds());
  }

  /** Why the run must not write any more; empty while it may. */
  Optional<String> lost() {
    return lost;
  }

  /** Gives the lease back. */
  synchronized void finish() throws IOException {
    requireHeld();
    folder.replace(lease.finished(Instant.now()));
  }
}
