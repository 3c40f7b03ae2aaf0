package org.sparklora.store;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.hadoop.fs.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sparklora.util.FirstCause;
import org.sparklora.util.SteadyClock;

/**
 * Renews a lease, and calls back when it is lost. {@link #renew} and {@link #look} are called
 * periodically, each by a thread of its own.
 */
final class LeaseWatch {
  private static final Logger LOG = LoggerFactory.getLogger(LeaseWatch.class);
  private static final String NO_ANSWER = "the file system does not answer";

  private final Tenure tenure;
  private final Path outputDir;
  private final SteadyClock clock;
  private final Runnable onLost;
  private final AtomicBoolean told = new AtomicBoolean();
  private volatile String failure = NO_ANSWER;
  private boolean failing;
  private long looked;
  private long judgeFrom;

  LeaseWatch(Tenure tenure, Path outputDir, SteadyClock clock, Runnable onLost) {
    this.tenure = tenure;
    this.outputDir = outputDir;
    this.clock = clock;
    this.onLost = onLost;
    this.looked = clock.nanos();
    this.judgeFrom = looked;
  }

  /** Renews the lease if that is due. A failure is logged once and tried again the next time. */
  void renew() {
    try {
      tenure.renewIfDue();
      if (failing) {
        LOG.info("The lease of {} is renewed again", outputDir);
      }
      failing = false;
      failure = NO_ANSWER;
    } catch (Throwable e) {
      failure = FirstCause.of(e);
      if (!failing && tenure.lost().isEmpty()) {
        failing = true;
        LOG.warn("Cannot renew the lease of {}, trying again: {}", outputDir, failure);
      }
      tellIfLost();
    }
  }

  /** Gives the lease up if it has not been renewed in time. */
  void look() {
    long now = clock.nanos();
    Duration third = tenure.validity().dividedBy(3);
    if (now - looked > third.toNanos() / 2) {
      // This process was suspended for a while. It writes nothing before it has taken the lease
      // again.
      judgeFrom = now + third.toNanos();
    }
    looked = now;
    if (now - judgeFrom >= 0 && tenure.isExpired() && tenure.lost().isEmpty()) {
      tenure.expire(failure);
    }
    tellIfLost();
  }

  private void tellIfLost() {
    if (tenure.lost().isPresent() && told.compareAndSet(false, true)) {
      LOG.error(tenure.lost().get());
      onLost.run();
    }
  }
}
