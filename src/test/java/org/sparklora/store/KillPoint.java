package org.sparklora.store;

import java.io.IOException;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/** A moment at which a process is killed: before its Nth operation on files. */
public final class KillPoint implements FaultyDisk.Check {
  /** What a killed process would do. */
  @FunctionalInterface
  public interface Work {
    void run(Configuration hadoop) throws IOException;
  }

  /** What it is that a test does before and after a kill. */
  public interface Trial {
    /** A run from the beginning to the end, in a place of its own. */
    Work begin(int number) throws IOException;

    /** The run after a kill, on a disk without faults. */
    void after(int number, Configuration hadoop) throws IOException;
  }

  /** Nothing that catches exceptions goes on after it. */
  private static final class Killed extends Error {
    private static final long serialVersionUID = 1L;
  }

  private final int at;
  private final AtomicInteger operations = new AtomicInteger();
  private final Set<Path> written = new HashSet<>();

  private KillPoint(int at) {
    this.at = at;
  }

  /**
   * Kills a run before each of its operations in turn.
   *
   * @return number of operations
   */
  public static int before(Trial trial) throws IOException {
    for (int number = 1; ; number++) {
      KillPoint point = new KillPoint(number);
      Work work = trial.begin(number);
      try {
        work.run(FaultyDisk.configuration(point));
      } catch (IOException | RuntimeException | Error e) {
        if (point.operations.get() < number) {
          throw e;
        }
        // As planned. What was caught on the way could write nothing.
      }
      trial.after(number, new Configuration());
      if (point.operations.get() < number) {
        return number - 1;
      }
    }
  }

  /** The first write to a file, of which half is done, stands for all. */
  @Override
  public synchronized void before(String operation, Path path) {
    if (operation.equals("write") && !written.add(path) && operations.get() < at) {
      return;
    }
    if (operations.incrementAndGet() >= at) {
      throw new Killed();
    }
  }
}
