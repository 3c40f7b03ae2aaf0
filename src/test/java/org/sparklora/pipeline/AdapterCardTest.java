package org.sparklora.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sparklora.report.ModelCard;

class AdapterCardTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "---\nbase_model: models/sd\n---\n",
        "---\ntags:\n- lora\nbase_model: \"models/sd\"\n---\n# Title\n",
        "---\nbase_model: 'models/sd'\n---",
        "---\nbase_model: models/sd # the small one\n---",
        "---\nbase_model:\n- models/sd\n- another\n---",
        "---\nbase_model:\n  - \"models/sd\"\n---"
      })
  void namesTheBaseModel(String card) {
    assertThat(baseModel(card)).contains("models/sd");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "# Title\nbase_model: models/sd\n",
        "---\ntags:\n- lora\n---\nbase_model: models/sd\n",
        "---\nbase_model:\n---\n",
        "---\nbase_model: \"broken\n---\n"
      })
  void namesNoneWhereThereIsNone(String card) {
    assertThat(baseModel(card)).isEmpty();
  }

  @Test
  void readsTheCardThatTrainingWrites() {
    ModelCard card =
        new ModelCard(
            "mine",
            "/out/mine",
            "C:\\models\\\"sd\"",
            Optional.empty(),
            "data",
            Optional.empty(),
            Map.of(),
            Optional.empty(),
            List.of(),
            List.of(),
            0,
            true,
            List.of());
    assertThat(baseModel(card.text())).contains("C:\\models\\\"sd\"");
  }

  @Test
  void readsTheCardBesideACheckpoint() {
    assertThat(baseModel(ModelCard.ofCheckpoint("/models/sd"))).contains("/models/sd");
  }

  private static Optional<String> baseModel(String card) {
    return AdapterCard.ofFrontMatter(card.lines().toList());
  }
}
