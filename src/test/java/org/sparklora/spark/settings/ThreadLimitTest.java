package org.sparklora.spark.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.apache.spark.SparkConf;
import org.junit.jupiter.api.Test;
import org.sparklora.util.InvalidInputException;

class ThreadLimitTest {
  private static final String FLAG = "--threads_per_worker";

  @Test
  void eightThreadsForEachCoreAreTheMost() {
    assertThat(ThreadLimit.problem(FLAG, 16, 2)).isEmpty();
    assertThat(ThreadLimit.problem(FLAG, 17, 2))
        .hasValueSatisfying(
            problem ->
                assertThat(problem)
                    .contains("Invalid --threads_per_worker: 17; a worker has 2 cores")
                    .endsWith("give at most 16"));
  }

  @Test
  void theCoresOfAnExecutorCountWhereTheyAreKnown() {
    SparkConf conf = new SparkConf(false).set("spark.master", "spark://host:7077");
    assertThatCode(() -> ThreadLimit.require(FLAG, 1024, conf)).doesNotThrowAnyException();
    conf.set("spark.executor.cores", "4");
    assertThatCode(() -> ThreadLimit.require(FLAG, 32, conf)).doesNotThrowAnyException();
    assertThatThrownBy(() -> ThreadLimit.require(FLAG, 33, conf))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("a worker has 4 cores");
  }

  @Test
  void locallyTheMachinesCoresCount() {
    SparkConf conf = new SparkConf(false).set("spark.master", "local-cluster[2,1,1024]");
    int most = ThreadLimit.PER_CORE * Runtime.getRuntime().availableProcessors();
    assertThatCode(() -> ThreadLimit.require(FLAG, most, conf)).doesNotThrowAnyException();
    assertThatThrownBy(() -> ThreadLimit.require(FLAG, most + 1, conf))
        .isInstanceOf(InvalidInputException.class);
  }
}
