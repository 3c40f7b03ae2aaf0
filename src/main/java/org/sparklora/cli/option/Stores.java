package org.sparklora.cli.option;

import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.sparklora.cli.check.HadoopSettings;

/**
 * The file systems that a command reads and writes. Commands name this type in their methods, not
 * Hadoop's: their help is shown where there is no Hadoop, too.
 *
 * @param hadoop Hadoop's settings
 */
public record Stores(Configuration hadoop) {
  /**
   * Those of a command that starts no Spark.
   *
   * @param hubCacheDir {@code --cache_dir}
   */
  public static Stores load(Optional<String> hubCacheDir) {
    return new Stores(HadoopSettings.load(hubCacheDir));
  }
}
