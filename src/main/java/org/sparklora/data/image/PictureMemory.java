package org.sparklora.data.image;

import java.util.Locale;
import java.util.concurrent.Semaphore;

/**
 * The part of the Java heap that may be taken by pictures. The tasks of a process share it: a task
 * waits until there is room for its picture. A picture for which there can never be room is refused
 * before any of it is decoded.
 */
public final class PictureMemory {
  /** What decoding takes. The rest of the heap is for what else the process does. */
  static final PictureMemory DECODING = new PictureMemory(Runtime.getRuntime().maxMemory() / 2);

  /** What files of pictures take from when they are read until they are encoded. */
  public static final PictureMemory FILES = new PictureMemory(Runtime.getRuntime().maxMemory() / 8);

  private static final int UNIT = 1024;

  private final int units;
  private final Semaphore free;

  /**
   * An amount of memory.
   *
   * @param bytes for all pictures together
   */
  PictureMemory(long bytes) {
    units = (int) Math.min(bytes / UNIT, Integer.MAX_VALUE);
    free = new Semaphore(units, true);
  }

  /** Something that needs memory while it runs. It can be run again. */
  interface Work<T> {
    T run() throws UndecodableImageException;
  }

  /**
   * Runs something once there is room for it. What finds no memory in spite of that is run once
   * more, with nothing beside it.
   *
   * @param bytes how many it takes at most
   * @param what is named where the memory cannot suffice
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
      // What it has made is garbage now, and what the others hold will be.
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

  /** Whether there can ever be room for so many bytes. */
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

  /** So many bytes, as people write them. */
  public static String mebibytes(long bytes) {
    return String.format(Locale.ROOT, "%.1f MiB", bytes / (double) (1 << 20));
  }

  /** A share of the memory. It is given back when it is closed. */
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
   * @param bytes how many; they {@link #fits fit}
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
