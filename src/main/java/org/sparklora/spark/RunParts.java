package org.sparklora.spark;

import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaSparkContext;
import org.sparklora.spark.reduce.StartTimes;
import org.sparklora.spark.run.TrainingConfig;
import org.sparklora.spark.run.TrainingInputs;
import org.sparklora.spark.run.TrainingOutput;

/**
 * What every part of a run works with.
 *
 * @param journal told what happens
 * @param start where the time to the first step goes
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
