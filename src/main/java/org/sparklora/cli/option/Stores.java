package org.sparklora.cli.option;

import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.sparklora.cli.check.HadoopSettings;

/**
 * The file systems that a command reads and writes. Commands use this type in their methods and not
 * Hadoop's, because their help must also work without Hadoop.
 *
 * @param hadoop Hadoop's settings
 */
public record Stores(Configuration hadoop) {
  /**
   * The file systems of a command that does not start Spark.
   *
   * @param hubCacheDir {@code --cache_dir}
   */
  public static Stores load(Optional<String> hubCacheDir) {
    return new Stores(HadoopSettings.load(hubCacheDir));
  }
}
