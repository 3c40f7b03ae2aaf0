package org.sparklora.spark.settings;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.spark.SparkConf;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExecutorMemoryTest {
  private static final long MIB = 1 << 20;

  /** The last column is MiB; -1 where it is not known. The machine has 8,000. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          local[1]                  |                                                              | 8000
          local[4]                  |                                                              | 4000
          local[4]                  | spark.task.cpus=4                                            | 8000
          local-cluster[2,1,1024]   |                                                              | 4000
          yarn                      |                                                              | 1408
          yarn                      | spark.executor.memory=20g                                    | 22528
          yarn                      | spark.executor.memory=4g spark.executor.memoryOverhead=6g    | 10240
          k8s://https://h:443       | spark.executor.memory=4g spark.executor.memoryOverheadFactor=0.5 spark.executor.cores=2 | 3072
          k8s://https://h:443       | spark.executor.cores=4 spark.task.cpus=4                     | 1408
          spark://h:7077            | spark.executor.memory=4g                                     | -1
          yarn                      | spark.task.resource.gpu.amount=1                             | -1
          """)
  void aWorkerHasItsShare(String master, String settings, long mib) {
    SparkConf conf = conf(master, settings);
    assertThat(ExecutorMemory.ofAWorker(conf, 2, 8000 * MIB).orElse(-MIB)).isEqualTo(mib * MIB);
  }

  /** This process has a heap of 700 MiB. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          local[4]                | spark.executor.memory=9g                            | 4 | 700
          local[4]                | spark.task.cpus=4                                   | 1 | 700
          local-cluster[2,3,1024] | spark.executor.memory=600m                          | 3 | 600
          yarn                    |                                                     | 1 | 1024
          k8s://https://h:443     | spark.executor.cores=8 spark.task.cpus=2 spark.executor.memory=4g | 4 | 4096
          spark://h:7077          | spark.executor.memory=4g                            | 1 | 4096
          """)
  void aProcessHasItsHeapAndItsTasks(String master, String settings, int tasks, long mib) {
    SparkConf conf = conf(master, settings);
    assertThat(ExecutorMemory.tasksAtOnce(conf)).isEqualTo(tasks);
    assertThat(ExecutorMemory.heap(conf, 700 * MIB)).isEqualTo(mib * MIB);
  }

  private static SparkConf conf(String master, String settings) {
    SparkConf conf = new SparkConf(false).set("spark.master", master);
    if (settings != null) {
      for (String setting : settings.split(" ", -1)) {
        int equals = setting.indexOf('=');
        conf.set(setting.substring(0, equals), setting.substring(equals + 1));
      }
    }
    return conf;
  }
}
