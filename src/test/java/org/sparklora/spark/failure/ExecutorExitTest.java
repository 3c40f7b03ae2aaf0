package org.sparklora.spark.failure;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ExecutorExitTest {
  /** Reasons as Spark's standalone master, YARN and Kubernetes give them. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          Command exited with code 52 | its Java heap was full
          Container from a bad node: container_1 on host: a. Exit status: 52. Diagnostics: x | heap
          The executor with id 3 exited with exit code 53 (unknown). | spark.local.dir
          Command exited with code 137 | spark.executor.memoryOverhead
          The executor with id 1 exited with exit code 134(unexpected) | a native library crashed
          """)
  void aCodeIsExplained(String reason, String meaning) {
    String explained = ExecutorExit.explained(reason);
    assertThat(explained).contains(meaning);
    assertThat(explained.replaceFirst(" \\([^()]*\\)", "")).startsWith(reason.substring(0, 20));
  }

  @ParameterizedTest
  @ValueSource(strings = {"Command exited with code 1", "Remote RPC client disassociated", ""})
  void everythingElseStaysAsItIs(String reason) {
    assertThat(ExecutorExit.explained(reason)).isEqualTo(reason);
  }
}
