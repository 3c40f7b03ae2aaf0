package org.sparklora.spark;

import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaSparkContext;
import org.sparklora.spark.reduce.StartTimes;
import org.sparklora.spark.run.TrainingConfig;
import org.sparklora.spark.run.TrainingInputs;
import org.sparklora.spark.run.TrainingOutput;

/**
 * The objects that all parts of a run share.
 *
 * @param journal records what happens
 * @param start measures the time to the first step
 */
record RunParts(
    TrainingConfig config,
    JavaSparkContext spark,
    TrainingInputs inputs,
    TrainingOutput output,
    RunJournal journal,
    StartTimes start) {
  Configuration hadoop() {
    return spark.hadoopConfiguration();
  }
}
