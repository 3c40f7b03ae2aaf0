package org.sparklora.s3;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** A network to a store: each request takes a while, and all of them share a bandwidth. */
public final class Link {
  static final Link INSTANT = new Link(Duration.ZERO, Double.POSITIVE_INFINITY);

  private final Duration request;
  private final double bytesPerSecond;
  private long freeAt = System.nanoTime();

  /**
   * @param request what a request takes beside its bytes
   */
  public Link(Duration request, double bytesPerSecond) {
    this.request = request;
    this.bytesPerSecond = bytesPerSecond;
  }

  /** Waits until the bytes have had their turn. */
  void carry(int bytes) {
    sleep(turn(bytes) - System.nanoTime());
  }

  void await() {
    sleep(request.toNanos());
  }

  private synchronized long turn(int bytes) {
    freeAt = Math.max(freeAt, System.nanoTime()) + (long) (bytes / bytesPerSecond * 1e9);
    return freeAt;
  }

  private static void sleep(long nanos) {
    try {
      TimeUnit.NANOSECONDS.sleep(nanos);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
