package org.sparklora.spark.port;

/** The limits, in bytes, for a single frame and for all unfinished frames of a port together. */
public final class FrameRoom {
  /** Room for the complete frames of strangers while they are handled. */
  private static final long HANDSHAKES = 1 << 20;

  private long mostOfOne = StrangerFrames.MOST_BYTES;
  private long mostOfAll = HANDSHAKES;
  private long taken;

  /**
   * Raises the limits for a segment's workers. The limit for all frames together never falls,
   * because frames of an earlier segment may be on their way.
   *
   * @param workers number of workers; each may have a frame on its way, and so may an earlier
   *     attempt of it
   * @param frameBytes the longest frame, without Spark's own header
   */
  public synchronized void makeFor(int workers, long frameBytes) {
    mostOfOne = frameBytes + StrangerFrames.MOST_BYTES;
    mostOfAll = Math.max(mostOfAll, HANDSHAKES + 2L * workers * mostOfOne);
  }

  synchronized boolean take(long bytes) {
    if (bytes > mostOfOne || bytes > mostOfAll - taken) {
      return false;
    }
    taken += bytes;
    return true;
  }

  synchronized void giveBack(long bytes) {
    taken -= bytes;
  }

  synchronized long mostOfOne() {
    return mostOfOne;
  }

  synchronized long mostOfAll() {
    return mostOfAll;
  }
}
