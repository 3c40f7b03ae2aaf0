package org.sparklora.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.sparklora.tensor.KeyedRandom.Purpose;

class KeyedRandomTest {
  private static final int DRAWS = 200_000;

  @Test
  void drawsTheSameNumbersForTheSameKey() {
    assertThat(KeyedRandom.of(7, Purpose.NOISE, 3, 11).normals(101))
        .isEqualTo(KeyedRandom.of(7, Purpose.NOISE, 3, 11).normals(101));
  }

  @Test
  void drawsOtherNumbersWhenAnyPartOfTheKeyDiffers() {
    Set<Long> firstDraws = new HashSet<>();
    int keys = 0;
    for (long seed : new long[] {0, 1, -1, 1L << 32}) {
      for (Purpose purpose : Purpose.values()) {
        for (long a = 0; a < 20; a++) {
          for (long b = 0; b < 20; b++) {
            firstDraws.add(KeyedRandom.of(seed, purpose, a, b).bits());
            keys++;
          }
        }
      }
    }
    assertThat(firstDraws).hasSize(keys);
  }

  @Test
  void shorterDrawsArePrefixesOfLongerOnes() {
    float[] longer = KeyedRandom.of(1, Purpose.NOISE, 0, 0).normals(8);
    assertThat(KeyedRandom.of(1, Purpose.NOISE, 0, 0).normals(5))
        .isEqualTo(Arrays.copyOf(longer, 5));
  }

  @Test
  void uniformsFillTheUnitIntervalEvenly() {
    KeyedRandom random = KeyedRandom.of(42, Purpose.TIMESTEP, 0, 0);
    int[] histogram = new int[100];
    for (int i = 0; i < DRAWS; i++) {
      histogram[(int) (random.uniform() * histogram.length)]++;
    }
    // 99 degrees of freedom: the 0.999 quantile of chi squared is 148.2.
    assertThat(chiSquared(histogram)).isLessThan(148.2);
  }

  @Test
  void firstDrawsOfNeighbouringKeysAreIndependent() {
    int[] histogram = new int[100];
    for (int b = 0; b < DRAWS; b++) {
      histogram[(int) KeyedRandom.of(42, Purpose.TIMESTEP, 0, b).below(histogram.length)]++;
    }
    assertThat(chiSquared(histogram)).isLessThan(148.2);
  }

  @Test
  void normalsHaveTheMomentsOfTheStandardNormal() {
    float[] values = KeyedRandom.of(42, Purpose.NOISE, 5, 6).normals(DRAWS);
    assertThat(meanOfPower(values, 1)).isCloseTo(0, within(0.01));
    assertThat(meanOfPower(values, 2)).isCloseTo(1, within(0.02));
    assertThat(meanOfPower(values, 3)).isCloseTo(0, within(0.04));
    assertThat(meanOfPower(values, 4)).isCloseTo(3, within(0.1));
  }

  @Test
  void normalsKeepTheirBits() {
    assertThat(KeyedRandom.of(0, Purpose.NOISE, 0, 0).normals(3))
        .containsExactly(-0.5001042f, 0.7941793f, -0.9289017f);
  }

  @Test
  void belowReachesEveryValueOfAHugeBound() {
    KeyedRandom random = KeyedRandom.of(1, Purpose.SHUFFLE, 0, 0);
    long bound = Long.MAX_VALUE / 2 + 2;
    double sum = 0;
    for (int i = 0; i < DRAWS; i++) {
      long value = random.below(bound);
      assertThat(value >= 0 && value < bound).isTrue();
      sum += value / (double) bound;
    }
    assertThat(sum / DRAWS).isCloseTo(0.5, within(0.005));
  }

  @Test
  void refusesABoundThatIsNotPositive() {
    assertThatThrownBy(() -> KeyedRandom.of(1, Purpose.SHUFFLE, 0, 0).below(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("Invalid bound: 0, must be positive");
  }

  private static double chiSquared(int[] histogram) {
    double expected = DRAWS / (double) histogram.length;
    return Arrays.stream(histogram).mapToDouble(c -> (c - expected) * (c - expected)).sum()
        / expected;
  }

  private static double meanOfPower(float[] values, int power) {
    double sum = 0;
    for (float value : values) {
      sum += Math.pow(value, power);
    }
    return sum / values.length;
  }
}
