package org.sparklora.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class TorchRandomTest {
  static List<JsonNode> references() throws IOException {
    try (InputStream json = TorchRandomTest.class.getResourceAsStream("/train/torch_random.json")) {
      return new ObjectMapper().readTree(json).valueStream().toList();
    }
  }

  @ParameterizedTest
  @MethodSource("references")
  void drawsWhatTorchDrawsOneTensorAfterTheOther(JsonNode reference) {
    TorchRandom random = new TorchRandom(reference.get("seed").longValue());
    for (JsonNode draw : reference.get("draws")) {
      float[] values = random.normal(draw.get("length").intValue());
      JsonNode expected = draw.get("last_16");
      for (int i = 0; i < 16; i++) {
        assertThat(values[values.length - 16 + i])
            .isCloseTo(expected.get(i).floatValue(), within(2e-6f));
      }
      double sum = 0;
      for (float value : values) {
        sum += value;
      }
      assertThat(sum).isCloseTo(draw.get("sum").doubleValue(), within(1e-6 * values.length));
    }
  }

  @Test
  void refusesFewValues() {
    assertThatThrownBy(() -> new TorchRandom(0).normal(15)).hasMessageContaining("not 15");
  }
}
