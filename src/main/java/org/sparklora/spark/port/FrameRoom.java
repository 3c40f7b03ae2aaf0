package org.sparklora.spark.port;

/** How long a frame may be, and all unfinished frames of a port together, in bytes. */
public final class FrameRoom {
  /** What the whole frames of strangers take while they are handled. */
  private static final long HANDSHAKES = 1 << 20;

  private long mostOfOne = StrangerFrames.MOST_BYTES;
  private long mostOfAll = HANDSHAKES;
  private long taken;

  /**
   * Makes room for the frames of workers. What was made for more or longer ones stays, as some may
   * be on their way.
   *
   * @param workers each may have one frame on its way, and an earlier attempt of it another
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
