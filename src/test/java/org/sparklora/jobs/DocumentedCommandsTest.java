package org.sparklora.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DocumentedCommandsTest {
  /** OperationsIT runs those that say so. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "clusters.md",
        "airflow.md",
        "operations.md",
        "from-nothing-yarn.md",
        "from-nothing-kubernetes.md",
        "from-nothing-emr.md",
        "from-nothing-databricks.md"
      })
  void everyBlockSaysWhetherItIsRunOrWhyNot(String page) throws IOException {
    assertThat(DocumentedCommands.of(page).blocks())
        .isNotEmpty()
        .allSatisfy(
            block ->
                assertThat(block.mark())
                    .as(block.text())
                    .matches("run|run: \\w+|not run: \\w.*|form"));
  }
}
