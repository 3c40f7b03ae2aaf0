package org.sparklora.data.image;

import java.util.Locale;
import java.util.concurrent.Semaphore;

/**
 * The part of the Java heap that pictures may take. The tasks of a process share it: a task waits
 * until there is room for its picture. A picture that can never fit is refused before it is
 * decoded.
 */
public final class PictureMemory {
  /** Memory for decoding. The rest of the heap is for the process's other work. */
  static final PictureMemory DECODING = new PictureMemory(Runtime.getRuntime().maxMemory() / 2);

  /** Memory for the files of pictures, from reading until encoding. */
  public static final PictureMemory FILES = new PictureMemory(Runtime.getRuntime().maxMemory() / 8);

  private static final int UNIT = 1024;

  private final int units;
  private final Semaphore free;

  /**
   * An amount of memory.
   *
   * @param bytes for all pictures together
   */
  public PictureMemory(long bytes) {
    units = (int) Math.min(bytes / UNIT, Integer.MAX_VALUE);
    free = new Semaphore(units, true);
  }

  /** All of it, in bytes. */
  public long bytes() {
    return (long) units * UNIT;
  }

  /** Work that needs memory while it runs. It can be run again. */
  interface Work<T> {
    T run() throws UndecodableImageException;
  }

  /**
   * Runs work once there is room for it. If the heap still runs out of memory, the work is run once
   * more, alone.
   *
   * @param bytes that the work takes at most
   * @param what names the picture in the message if it can never fit
   */
  <T> T with(long bytes, String what, Work<T> work) throws UndecodableImageException {
    if (!fits(bytes)) {
      throw new UndecodableImageException(
          String.format(
              Locale.ROOT,
              "Cannot decode image: %s needs %s of Java heap, %s",
              what,
              mebibytes(bytes),
              limit()));
    }
    Share share = take(bytes);
    try {
      return work.run();
    } catch (OutOfMemoryError e) {
      // The failed work's memory can be collected now. The retry runs alone, so other tasks have
      // freed theirs, too.
    } finally {
      share.close();
    }
    return alone(what, work);
  }

  private <T> T alone(String what, Work<T> work) throws UndecodableImageException {
    Share all = take((long) units * UNIT);
    try {
      return work.run();
    } catch (OutOfMemoryError e) {
      throw new UndecodableImageException(
          String.format(
              Locale.ROOT,
              "Cannot decode image: the Java heap has no room for %s; %s",
              what,
              limit()),
          e);
    } finally {
      all.close();
    }
  }

  /** Whether there can ever be room for that many bytes. */
  public boolean fits(long bytes) {
    return bytes >= 0 && bytes <= (long) units * UNIT;
  }

  /** The limit, and what to do about it, in words that end a sentence. */
  public String limit() {
    return String.format(
        Locale.ROOT,
        "pictures may take %s here; give the process more memory, or make the picture smaller",
        mebibytes((long) units * UNIT));
  }

  /** A number of bytes in the form that messages use. */
  public static String mebibytes(long bytes) {
    return String.format(Locale.ROOT, "%.1f MiB", bytes / (double) (1 << 20));
  }

  /** A share of the memory. Closing gives it back. */
  public final class Share implements AutoCloseable {
    private int taken;

    private Share(int taken) {
      this.taken = taken;
    }

    @Override
    public void close() {
      free.release(taken);
      taken = 0;
    }
  }

  /**
   * Waits for room.
   *
   * @param bytes to take; they must {@link #fits fit}
   */
  public Share take(long bytes) {
    int share = Math.toIntExact(Math.min((bytes + UNIT - 1) / UNIT, units));
    try {
      free.acquire(share);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Cannot wait for memory: the task was told to end", e);
    }
    return new Share(share);
  }
}
