package org.sparklora.lora.lycoris;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sparklora.tensor.KeyedRandom;
import org.sparklora.tensor.KeyedRandom.Purpose;
import org.sparklora.util.InvalidInputException;

class LycorisFactorsTest {
  private static final long[] LINEAR = {320, 768};
  private static final long[] CONVOLUTION = {320, 640, 3, 3};

  private static LycorisConfig config(Algo algo, int factor, boolean both, boolean tucker) {
    return new LycorisConfig(algo, factor, both, false, tucker);
  }

  private static LycorisFactors factors(LycorisConfig config, long[] weight, int rank) {
    return config.factors(weight, rank).orElseThrow();
  }

  /** Names and shapes, such as {@code lokr_w1 16x24}. */
  private static List<String> shapes(LycorisConfig config, long[] weight, int rank) {
    return factors(config, weight, rank).placed(0).stream()
        .map(
            placed -> {
              StringBuilder text = new StringBuilder(placed.factor().name()).append(' ');
              for (long size : placed.factor().shape()) {
                text.append(text.charAt(text.length() - 1) == ' ' ? "" : "x").append(size);
              }
              return text.toString();
            })
        .toList();
  }

  @Test
  void factorsWhoseProductIsBeyondFp32AreRefused() {
    LycorisFactors factors = factors(config(Algo.LOHA, -1, false, false), LINEAR, 4);
    float[] values = new float[factors.size()];
    Arrays.fill(values, 1e20f);
    assertThatThrownBy(() -> new FactoredUpdate(factors, values).up())
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("have a product beyond fp32");
  }

  /** LyCORIS' {@code factorization}: the examples of its documentation, and lengths of SD's. */
  @ParameterizedTest
  @CsvSource({
    "127, -1, 1, 127",
    "127, 16, 1, 127",
    "128, -1, 8, 16",
    "128, 2, 2, 64",
    "128, 16, 8, 16",
    "250, -1, 10, 25",
    "250, 4, 2, 125",
    "250, 8, 5, 50",
    "360, -1, 18, 20",
    "360, 4, 4, 90",
    "360, 16, 15, 24",
    "512, -1, 16, 32",
    "1024, -1, 32, 32",
    "1024, 8, 8, 128",
    "320, 0, 1, 320"
  })
  void lengthsAreDividedAsLycorisDoes(long length, int factor, long first, long second) {
    assertThat(SideLengths.of(length, factor)).isEqualTo(new SideLengths(first, second));
  }

  @Test
  void lohaHasTwoProducts() {
    LycorisConfig loha = config(Algo.LOHA, -1, false, false);
    assertThat(shapes(loha, LINEAR, 4))
        .containsExactly(
            "hada_w1_a 320x4", "hada_w1_b 4x768", "hada_w2_a 320x4", "hada_w2_b 4x768");
    assertThat(shapes(loha, CONVOLUTION, 2)).contains("hada_w1_b 2x5760");
    LycorisConfig tucker = config(Algo.LOHA, -1, false, true);
    assertThat(shapes(tucker, CONVOLUTION, 2))
        .startsWith("hada_w1_a 2x320", "hada_w1_b 2x640", "hada_t1 2x2x3x3");
    assertThat(shapes(tucker, new long[] {320, 640, 1, 1}, 2)).contains("hada_w1_a 320x2");
  }

  @Test
  void lokrHasAWholeMatrixWhereAProductWouldNotBeSmaller() {
    LycorisConfig lokr = config(Algo.LOKR, -1, false, false);
    assertThat(shapes(lokr, LINEAR, 4))
        .containsExactly("lokr_w1 16x24", "lokr_w2_a 20x4", "lokr_w2_b 4x32");
    assertThat(shapes(lokr, LINEAR, 16)).containsExactly("lokr_w1 16x24", "lokr_w2 20x32");
    assertThat(shapes(config(Algo.LOKR, 4, true, false), LINEAR, 1))
        .containsExactly("lokr_w1_a 4x1", "lokr_w1_b 1x4", "lokr_w2_a 80x1", "lokr_w2_b 1x192");
    assertThat(shapes(config(Algo.LOKR, 8, false, true), CONVOLUTION, 4))
        .containsExactly("lokr_w1 8x8", "lokr_w2_a 4x40", "lokr_w2_b 4x80", "lokr_t2 4x4x3x3");
    assertThat(shapes(config(Algo.LOKR, 8, false, false), CONVOLUTION, 400))
        .containsExactly("lokr_w1 8x8", "lokr_w2 40x80x3x3");
  }

  @Test
  void twoWholeMatricesAreNotScaled() {
    assertThat(factors(config(Algo.LOKR, -1, false, false), LINEAR, 16).isScaled()).isFalse();
    assertThat(factors(config(Algo.LOKR, -1, false, false), LINEAR, 4).isScaled()).isTrue();
    assertThat(factors(config(Algo.LOHA, -1, false, false), LINEAR, 4).isScaled()).isTrue();
  }

  @Test
  void trainingStartsWithAnUpdateOfZero() {
    for (LycorisConfig config :
        List.of(
            config(Algo.LOHA, -1, false, false),
            config(Algo.LOHA, -1, false, true),
            config(Algo.LOKR, 2, true, true),
            new LycorisConfig(Algo.LOKR, 2, false, true, false))) {
      LycorisFactors factors = factors(config, new long[] {8, 12, 3, 3}, 1);
      float[] values = new float[3 + factors.size()];
      factors.start(KeyedRandom.of(5, Purpose.LORA_INIT, 0, 0), values, 3);
      ExactFactors update = factors.exact(values, 3);
      assertThat(update.product().values()).hasSize(8 * 108).containsOnly(0);
      long zeros = 0;
      for (LycorisFactors.Placed placed : factors.placed(3)) {
        float[] own = new float[placed.factor().size()];
        System.arraycopy(values, placed.offset(), own, 0, own.length);
        zeros += sum(own) == 0 ? 1 : 0;
      }
      assertThat(zeros).isEqualTo(1);
    }
  }

  @Test
  void theSizeOfTheirLoraIsKnownBeforeItIsMade() {
    for (int rank : new int[] {1, 2, 5}) {
      for (LycorisConfig config :
          List.of(
              config(Algo.LOHA, -1, false, false),
              config(Algo.LOHA, -1, false, true),
              config(Algo.LOKR, -1, false, false),
              config(Algo.LOKR, 2, true, true),
              new LycorisConfig(Algo.LOKR, 2, false, true, false))) {
        for (long[] weight : new long[][] {{8, 12}, {8, 12, 3, 3}}) {
          LycorisFactors factors = factors(config, weight, rank);
          FactoredUpdate update = new FactoredUpdate(factors, new float[factors.size()]);
          ExactFactors exact = factors.exact(update.values(), 0);
          assertThat(factors.fit()).isTrue();
          assertThat(update.rank()).isEqualTo(exact.rank());
          assertThat(update.upSize()).isEqualTo(exact.up().values().length);
          assertThat(update.downSize()).isEqualTo(exact.down().values().length);
        }
      }
    }
  }

  @Test
  void factorsThatCannotBeMultipliedDoNotFit() {
    Factor outer = new Factor("hada_w1_a", 8, 2);
    Factor inner = new Factor("hada_w1_b", 2, 12);
    Factor of = Factor.ABSENT;
    assertThat(new LycorisFactors(Algo.LOHA, List.of(outer, inner, of, outer, inner, of)).fit())
        .isTrue();
    Factor longer = new Factor("hada_w2_b", 3, 12);
    assertThat(new LycorisFactors(Algo.LOHA, List.of(outer, inner, of, outer, longer, of)).fit())
        .isFalse();
    Factor wider = new Factor("hada_w2_b", 2, 13);
    assertThat(new LycorisFactors(Algo.LOHA, List.of(outer, inner, of, outer, wider, of)).fit())
        .isFalse();
    assertThat(new LycorisFactors(Algo.LOKR, List.of(outer, inner, of, outer, wider, of)).fit())
        .isTrue();
  }

  private static double sum(float[] values) {
    double sum = 0;
    for (float value : values) {
      sum += Math.abs(value);
    }
    return sum;
  }

  /** torch's {@code normal_} and {@code kaiming_uniform_}, by mean of squares. */
  @Test
  void startingValuesAreSpreadAsInLycoris() {
    LycorisFactors loha = factors(config(Algo.LOHA, -1, false, false), LINEAR, 16);
    float[] values = new float[loha.size()];
    loha.start(KeyedRandom.of(5, Purpose.LORA_INIT, 0, 0), values, 0);
    double[] deviations = {0.1, 1, 0, 1};
    for (int i = 0; i < 4; i++) {
      double expected = deviations[i];
      assertThat(deviation(loha.placed(0).get(i), values))
          .isCloseTo(expected, within(0.03 * expected));
    }
    LycorisFactors lokr = factors(config(Algo.LOKR, -1, false, false), LINEAR, 4);
    float[] uniform = new float[lokr.size()];
    lokr.start(KeyedRandom.of(5, Purpose.LORA_INIT, 0, 0), uniform, 0);
    double one = 1 / Math.sqrt(3 * 24);
    assertThat(deviation(lokr.placed(0).get(0), uniform)).isCloseTo(one, within(0.1 * one));
    double two = 1 / Math.sqrt(3 * 4);
    assertThat(deviation(lokr.placed(0).get(1), uniform)).isCloseTo(two, within(0.15 * two));
  }

  private static double deviation(LycorisFactors.Placed placed, float[] values) {
    double squares = 0;
    for (int i = 0; i < placed.factor().size(); i++) {
      squares += Math.pow(values[placed.offset() + i], 2);
    }
    return Math.sqrt(squares / placed.factor().size());
  }
}
