package org.sparklora.cli;

import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.apache.spark.deploy.SparkHadoopUtil;

/** Hadoop's settings of a command that starts no Spark. */
public final class HadoopSettings {
  private HadoopSettings() {}

  /** The cluster's files, and {@code --conf spark.hadoop.*} of spark-submit. */
  public static Configuration load() {
    return SparkHadoopUtil.get().newConfiguration(new SparkConf());
  }
}
