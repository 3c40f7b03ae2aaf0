package org.sparklora.cli.check;

import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.apache.spark.deploy.SparkHadoopUtil;
import org.sparklora.spark.settings.SparkSettings;

/** Hadoop's settings for a command that does not start Spark. */
public final class HadoopSettings {
  private HadoopSettings() {}

  /** Loads the cluster's files and {@code --conf spark.hadoop.*} of spark-submit. */
  public static Configuration load() {
    return load(Optional.empty());
  }

  /**
   * The same with the hub's cache.
   *
   * @param hubCacheDir {@code --cache_dir}
   */
  public static Configuration load(Optional<String> hubCacheDir) {
    SparkConf settings = new SparkConf();
    SparkSettings.shareHub(settings, hubCacheDir);
    return SparkHadoopUtil.get().newConfiguration(settings);
  }
}
