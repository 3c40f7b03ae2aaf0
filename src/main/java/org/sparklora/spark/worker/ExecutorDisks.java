package org.sparklora.spark.worker;

import java.io.File;
import java.util.Arrays;
import org.apache.spark.SparkEnv;
import org.sparklora.data.cache.LocalFolders;

/** Spark's folders on this machine's disks ({@code spark.local.dir}), which Spark deletes. */
final class ExecutorDisks {
  private ExecutorDisks() {}

  static LocalFolders ofThisProcess() {
    return SparkEnv.get() == null
        ? LocalFolders.NONE
        : new LocalFolders(
            Arrays.stream(SparkEnv.get().blockManager().diskBlockManager().localDirs())
                .map(File::toPath)
                .toList());
  }
}
