package org.sparklora.hadoop;

import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.hadoop.hdfs.DistributedFileSystem;
import org.apache.hadoop.util.Progressable;

/**
 * HDFS on which something happens when a file has been begun: {@code fs.hdfs.impl} names this
 * class.
 */
public final class InterruptedHdfs extends DistributedFileSystem {
  private static final AtomicReference<Optional<Event>> NEXT =
      new AtomicReference<>(Optional.empty());

  /** What happens once, when a file whose path has such a text in it is created. */
  public record Event(String inPath, Runnable what) {}

  /** Lets this happen. */
  public static void once(Event event) {
    NEXT.set(Optional.of(event));
  }

  /** Whether it is still to come. */
  public static boolean isToCome() {
    return NEXT.get().isPresent();
  }

  @Override
  public FSDataOutputStream create(
      Path file,
      FsPermission permission,
      boolean overwrite,
      int bufferSize,
      short replication,
      long blockSize,
      Progressable progress)
      throws IOException {
    FSDataOutputStream out =
        super.create(file, permission, overwrite, bufferSize, replication, blockSize, progress);
    Optional<Event> event = NEXT.get();
    if (event.filter(next -> file.toString().contains(next.inPath())).isPresent()
        && NEXT.compareAndSet(event, Optional.empty())) {
      event.get().what().run();
    }
    return out;
  }
}
