package org.sparklora.cli.tune;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.LongStream;
import org.sparklora.tensor.KeyedRandom;
import org.sparklora.tensor.KeyedRandom.Purpose;

/** All trials that a search may have. */
record SearchSpace(List<Dimension> dimensions) {
  /** Enough for a recipe, and short enough to read. */
  private static final MathContext DIGITS = new MathContext(3, RoundingMode.HALF_EVEN);

  /** How often a trial that was drawn before is drawn again. */
  private static final int TRIES = 100;

  /** Of more combinations each trial is drawn alone, because a list of all takes too long. */
  private static final long MOST_LISTED = 100_000;

  SearchSpace {
    dimensions = List.copyOf(dimensions);
  }

  boolean hasRanges() {
    return dimensions.stream().anyMatch(Dimension.Range.class::isInstance);
  }

  /** Number of combinations of values. */
  long size() {
    long size = 1;
    for (Dimension dimension : dimensions) {
      if (dimension instanceof Dimension.Values values) {
        size = Math.min(Integer.MAX_VALUE, size * values.values().size());
      }
    }
    return size;
  }

  /** Every combination of values; those of the last flag change first. */
  List<Map<String, String>> grid() {
    return LongStream.range(0, size()).mapToObj(this::point).toList();
  }

  private Map<String, String> point(long number) {
    Map<String, String> flags = new LinkedHashMap<>();
    long rest = number;
    for (int i = dimensions.size() - 1; i >= 0; i--) {
      Dimension.Values values = (Dimension.Values) dimensions.get(i);
      flags.put(values.flag(), values.values().get((int) (rest % values.values().size())));
      rest /= values.values().size();
    }
    return flags;
  }

  /** Draws trials, all different: so many, or as many as there are. */
  List<Map<String, String>> draw(int trials, long seed) {
    return hasRanges() || size() > MOST_LISTED ? drawn(trials, seed) : chosen(trials, seed);
  }

  /** Some combinations of the grid, in its order. */
  private List<Map<String, String>> chosen(int trials, long seed) {
    return LongStream.range(0, size())
        .boxed()
        .sorted(
            Comparator.comparingLong(
                number -> KeyedRandom.of(seed, Purpose.SEARCH, 0, number).bits()))
        .limit(trials)
        .sorted()
        .map(this::point)
        .toList();
  }

  private List<Map<String, String>> drawn(int trials, long seed) {
    Set<Map<String, String>> different = new LinkedHashSet<>();
    for (int trial = 1; trial <= trials; trial++) {
      KeyedRandom random = KeyedRandom.of(seed, Purpose.SEARCH, trial, 0);
      for (int i = 0; i < TRIES; i++) {
        Map<String, String> flags = new LinkedHashMap<>();
        dimensions.forEach(dimension -> flags.put(dimension.flag(), value(dimension, random)));
        if (different.add(flags)) {
          break;
        }
      }
    }
    return new ArrayList<>(different);
  }

  private static String value(Dimension dimension, KeyedRandom random) {
    if (dimension instanceof Dimension.Values values) {
      return values.values().get((int) random.below(values.values().size()));
    }
    Dimension.Range range = (Dimension.Range) dimension;
    return range.whole() ? whole(range, random.uniform()) : real(range, random.uniform());
  }

  /** Each whole number has the part of the range that is between it and the next one. */
  private static String whole(Dimension.Range range, double share) {
    double first = Math.ceil(range.from());
    double last = Math.floor(range.to());
    double number = Math.floor(between(range.logarithmic(), first, last + 1, share));
    return String.valueOf((long) Math.min(last, Math.max(first, number)));
  }

  private static String real(Dimension.Range range, double share) {
    BigDecimal number =
        BigDecimal.valueOf(between(range.logarithmic(), range.from(), range.to(), share))
            .round(DIGITS)
            .max(BigDecimal.valueOf(range.from()))
            .min(BigDecimal.valueOf(range.to()))
            .stripTrailingZeros();
    if (number.signum() == 0 || number.abs().compareTo(new BigDecimal("0.001")) >= 0) {
      return number.toPlainString();
    }
    int exponent = number.precision() - number.scale() - 1;
    return number.scaleByPowerOfTen(-exponent).toPlainString() + "e" + exponent;
  }

  private static double between(boolean logarithmic, double from, double to, double share) {
    return logarithmic
        ? StrictMath.exp(StrictMath.log(from) + share * (StrictMath.log(to) - StrictMath.log(from)))
        : from + share * (to - from);
  }
}
