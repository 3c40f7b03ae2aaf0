package org.sparklora.spark.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.SparkConf;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sparklora.tensor.AttentionKernel;
import org.sparklora.tensor.Precision;
import org.sparklora.train.BatchConfig;
import org.sparklora.util.InvalidInputException;
import org.sparklora.util.Redaction;

class SparkSettingsTest {
  private static final BatchConfig BATCH =
      new BatchConfig(1, 1, 1, 1, 0, Precision.FP32, AttentionKernel.DEFAULT, false);

  @Test
  void nothingIsWrongWithNoSettings() {
    assertThat(problems(Map.of())).isEmpty();
  }

  @Test
  void executorsOfALocalClusterHaveTheirWorkersMemory() {
    SparkConf conf = new SparkConf(false).set("spark.master", "local-cluster[2, 1, 3072]");
    SparkSettings.fitMemory(conf);
    assertThat(conf.get("spark.executor.memory")).isEqualTo("3072m");

    conf.set("spark.executor.memory", "1g");
    SparkSettings.fitMemory(conf);
    assertThat(conf.get("spark.executor.memory")).isEqualTo("1g");
  }

  @Test
  void sparkHidesTheSameSecretsInItsUiAndEventLogs() {
    assertThat(SparkSettings.of(Optional.of("local[1]")).get("spark.redaction.regex"))
        .isEqualTo(Redaction.SETTINGS);
  }

  @Test
  void aRunningSparkThatCannotTrainIsRefusedByItsSetting() {
    SparkConf conf = new SparkConf(false).set("spark.speculation", "true");
    assertThatThrownBy(() -> SparkSettings.requireForTraining(conf, BATCH))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageStartingWith("Unsupported spark.speculation: true");
  }

  @Test
  void executorsWriteDigitsThatStoresUnderstandUnlessSomebodySaysOtherwise() {
    assertThat(SparkSettings.of(Optional.of("local[1]")).get("spark.executor.defaultJavaOptions"))
        .isEqualTo("-Duser.language=en");
  }

  @Test
  void speculationIsRefused() {
    assertThat(problems(Map.of("spark.speculation", "TRUE")))
        .singleElement()
        .asString()
        .startsWith("Unsupported spark.speculation: true; a copy of a worker would supersede");
  }

  @Test
  void dynamicAllocationNeedsExecutorsToStartFrom() {
    assertThat(problems(Map.of("spark.dynamicAllocation.enabled", "true")))
        .singleElement()
        .asString()
        .contains("minExecutors")
        .contains("never ask for executors");
    assertThat(
            problems(
                Map.of(
                    "spark.dynamicAllocation.enabled", "true",
                    "spark.dynamicAllocation.minExecutors", "2")))
        .isEmpty();
  }

  @Test
  void sparkConnectIsRefused() {
    assertThat(problems(Map.of("spark.remote", "sc://host")))
        .singleElement()
        .asString()
        .contains("spark.remote: sc://host; Spark Connect has no driver in this process");
    assertThat(problems(Map.of("spark.api.mode", "connect"))).hasSize(1);
    assertThat(problems(Map.of("spark.api.mode", "classic"))).isEmpty();
  }

  @Test
  void severalGpusAWorkerAreRefused() {
    assertThat(problems(Map.of("spark.task.resource.gpu.amount", "2")))
        .singleElement()
        .asString()
        .contains("a worker computes on one GPU");
    assertThat(problems(Map.of("spark.task.resource.gpu.amount", "0.5"))).isEmpty();
    String local = "local[2]";
    assertThat(problems(Map.of("spark.task.resource.gpu.amount", "0.5", "spark.master", local)))
        .singleElement()
        .asString()
        .contains("0.5 with local[2]; a local master hands out no GPUs");
  }

  @Test
  void encryptionWithoutAuthenticationIsRefused() {
    assertThat(problems(Map.of("spark.network.crypto.enabled", "true")))
        .singleElement()
        .asString()
        .contains("set spark.authenticate to true");
  }

  @Test
  void whatOnlyTrainingCannotBearIsNothingToOtherJobs() {
    Map<String, String> settings =
        Map.of("spark.speculation", "true", "spark.dynamicAllocation.enabled", "true");
    assertThat(problems(settings)).hasSize(2);
    assertThat(SparkSettings.problems(key -> settings.getOrDefault(key, ""), false)).isEmpty();
  }

  @Test
  void everythingIsSaidAtOnce() {
    assertThat(problems(Map.of("spark.speculation", "true", "spark.remote", "local"))).hasSize(2);
  }

  @ParameterizedTest
  @CsvSource({
    "'local[4]', 4",
    "'local[4,2]', 4",
    "'local', 1",
    "'local-cluster[2,4,1024]', 4",
    "'local-cluster[2, 1, 1024]', 1",
    "'spark://host:7077', 1"
  })
  void aWorkerGetsAsManyCoresAsItHasThreadsWhereThereAreAsMany(String master, int cpus) {
    SparkConf conf = new SparkConf(false).set("spark.master", master);
    SparkSettings.fitThreads(conf, 4);
    assertThat(conf.getInt("spark.task.cpus", 1)).isEqualTo(cpus);
  }

  @Test
  void whatWasSaidOfCoresStands() {
    SparkConf conf =
        new SparkConf(false).set("spark.master", "local[8]").set("spark.task.cpus", "2");
    SparkSettings.fitThreads(conf, 4);
    assertThat(conf.get("spark.task.cpus")).isEqualTo("2");
  }

  @Test
  void knowsHowManySlotsWillCome() {
    SparkConf conf = new SparkConf(false).set("spark.master", "local-cluster[3, 4,1024]");
    assertThat(SparkSettings.expectedSlots(conf)).hasValue(12);
    assertThat(SparkSettings.expectedSlots(conf.set("spark.task.cpus", "2"))).hasValue(6);
    SparkConf yarn = new SparkConf(false).set("spark.master", "yarn");
    assertThat(SparkSettings.expectedSlots(yarn)).isEmpty();
    yarn.set("spark.executor.instances", "8").set("spark.executor.cores", "2");
    assertThat(SparkSettings.expectedSlots(yarn)).hasValue(16);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "local;1",
        "local[2];1",
        "local[*];1",
        "local[2, 3];3",
        "local-cluster[2,1,9];7",
        "yarn;7"
      })
  void knowsHowOftenATaskIsTried(String master, int attempts) {
    SparkConf conf =
        new SparkConf(false).set("spark.master", master).set("spark.task.maxFailures", "7");
    assertThat(SparkSettings.taskAttempts(conf)).isEqualTo(attempts);
  }

  private static List<String> problems(Map<String, String> settings) {
    return SparkSettings.problems(key -> settings.getOrDefault(key, ""), true);
  }

  @Test
  void aRunIsCalledByItsOutputFolderWhereNobodyHasNamedIt() {
    assertThat(named("spark-lora.jar")).isEqualTo("pokemon-lora");
    assertThat(named("spark-lora")).isEqualTo("pokemon-lora");
    assertThat(named("my run")).isEqualTo("my run");
  }

  private static String named(String name) {
    SparkConf conf = new SparkConf(false).set("spark.app.name", name);
    SparkSettings.nameAfter("s3a://bucket/pokemon-lora", conf);
    return conf.get("spark.app.name");
  }
}
