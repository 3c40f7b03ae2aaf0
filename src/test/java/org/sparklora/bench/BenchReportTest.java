package org.sparklora.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import org.junit.jupiter.api.Test;

class BenchReportTest {
  private final BenchReport report =
      new BenchReport()
          .set("batch", 1)
          .set("precision", "bf16")
          .add("step", "s", List.of(3.0, 1.0, 2.0))
          .add("update", "s", List.of(0.25, 0.5))
          .add("generate", "s/image", List.of());

  @Test
  void printsMediansWithTheirRange() {
    assertThat(report.table())
        .isEqualToNormalizingNewlines(
            """
            batch 1, precision bf16

            | | unit | median | least | most | of |
            |---|---|---|---|---|---|
            | step | s | 2.000 | 1.000 | 3.000 | 3 |
            | update | s | 0.3750 | 0.2500 | 0.5000 | 2 |
            """);
  }

  @Test
  void writesEveryValueAsJson() throws JsonProcessingException {
    JsonNode json = new ObjectMapper().readTree(report.json());

    assertThat(json.at("/settings/precision").textValue()).isEqualTo("bf16");
    assertThat(json.at("/results/0/quantity").textValue()).isEqualTo("step");
    assertThat(json.at("/results/0/values")).hasSize(3);
    assertThat(json.at("/results/1/median").doubleValue()).isEqualTo(0.375);
    assertThat(json.at("/results")).hasSize(2);
  }
}
