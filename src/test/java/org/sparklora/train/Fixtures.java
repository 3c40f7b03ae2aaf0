package org.sparklora.train;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import org.assertj.core.api.Assertions;

/** Reference numbers of torch and diffusers, written by src/test/python/train_fixtures.py. */
public final class Fixtures {
  public static final int PARAMETERS = 37;

  private Fixtures() {}

  public static List<JsonNode> cases(String name) {
    try (InputStream json = Fixtures.class.getResourceAsStream("/train/" + name)) {
      return new ObjectMapper().readTree(json).valueStream().toList();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** The script's starting parameters. */
  public static float[] start() {
    float[] values = new float[PARAMETERS];
    for (int i = 0; i < PARAMETERS; i++) {
      values[i] = (i * 29 % 64 - 32) / 256f;
    }
    return values;
  }

  /** The script's gradient of a step. */
  public static float[] gradient(int step) {
    return gradient(step, PARAMETERS);
  }

  /** The scripts' gradient of a step, for {@code n} parameters. */
  public static float[] gradient(int step, int n) {
    float[] values = new float[n];
    for (int i = 0; i < n; i++) {
      values[i] = ((i * 37 + step * 101 + i * step * 13) % 256 - 128) / (float) (1 << (10 + i % 8));
    }
    return values;
  }

  public static double[] doubles(JsonNode array) {
    return array.valueStream().mapToDouble(JsonNode::asDouble).toArray();
  }

  public static float[] floats(JsonNode array) {
    float[] values = new float[array.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) array.get(i).asDouble();
    }
    return values;
  }

  /** Asserts that the largest difference is within {@code tolerance} of the largest value. */
  public static void assertClose(float[] actual, JsonNode expected, double tolerance) {
    float[] reference = floats(expected);
    Assertions.assertThat(actual).hasSameSizeAs(reference);
    double scale = 0;
    double difference = 0;
    for (int i = 0; i < reference.length; i++) {
      scale = Math.max(scale, Math.abs(reference[i]));
      difference = Math.max(difference, Math.abs(actual[i] - reference[i]));
    }
    Assertions.assertThat(difference).isLessThanOrEqualTo(tolerance * scale);
  }
}
