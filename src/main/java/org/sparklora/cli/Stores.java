package org.sparklora.cli;

import java.util.Optional;
import org.apache.hadoop.conf.Configuration;

/**
 * The file systems that a command reads and writes. Commands name this type in their methods, not
 * Hadoop's: their help is shown where there is no Hadoop, too.
 *
 * @param hadoop Hadoop's settings
 */
record Stores(Configuration hadoop) {
  /**
   * Those of a command that starts no Spark.
   *
   * @param hubCacheDir {@code --cache_dir}
   */
  static Stores load(Optional<String> hubCacheDir) {
    return new Stores(HadoopSettings.load(hubCacheDir));
  }
}
