package org.sparklora.cli;

import org.apache.hadoop.conf.Configuration;

/** Hadoop's settings of a command that starts no Spark. */
final class HadoopSettings {
  private static final String SPARK_PREFIX = "spark.hadoop.";

  private HadoopSettings() {}

  /**
   * The cluster's files, and {@code --conf spark.hadoop.*}, which spark-submit makes properties.
   */
  static Configuration load() {
    Configuration hadoop = new Configuration();
    System.getProperties().stringPropertyNames().stream()
        .filter(name -> name.startsWith(SPARK_PREFIX))
        .forEach(
            name -> hadoop.set(name.substring(SPARK_PREFIX.length()), System.getProperty(name)));
    return hadoop;
  }
}
