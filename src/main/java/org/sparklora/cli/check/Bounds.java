package org.sparklora.cli.check;

import java.lang.reflect.Field;
import java.util.Locale;
import java.util.Optional;
import org.sparklora.flag.RealNumber;
import org.sparklora.flag.RecordField;
import org.sparklora.flag.WholeNumber;
import picocli.CommandLine.Model.OptionSpec;

/** The numbers that a flag accepts, from its {@link WholeNumber} or {@link RealNumber}. */
public sealed interface Bounds {

  boolean holds(Number value);

  /** The rule in words that follow a wrong value. */
  String rule();

  static Optional<Bounds> of(OptionSpec option) {
    if (!(option.userObject() instanceof Field field)) {
      return Optional.empty();
    }
    Optional<Bounds> whole = RecordField.annotation(field, WholeNumber.class).map(Whole::new);
    return whole.or(() -> RecordField.annotation(field, RealNumber.class).map(Real::new));
  }

  /** Bounds of a flag that takes whole numbers. */
  record Whole(WholeNumber range) implements Bounds {
    @Override
    public boolean holds(Number value) {
      return value.longValue() >= range.min() && value.longValue() <= range.max();
    }

    @Override
    public String rule() {
      return "it must be a whole number from " + range.min() + " to " + range.max();
    }
  }

  /** Bounds of a flag that takes real numbers. */
  record Real(RealNumber range) implements Bounds {
    @Override
    public boolean holds(Number value) {
      double number = value.doubleValue();
      boolean aboveMin = range.aboveMin() ? number > range.min() : number >= range.min();
      boolean belowMax = range.belowMax() ? number < range.max() : number <= range.max();
      boolean isInfinity = range.orInfinity() && number == Double.POSITIVE_INFINITY;
      return aboveMin && (belowMax || isInfinity);
    }

    @Override
    public String rule() {
      return "it must be a number "
          + (range.aboveMin() ? "above " : "from ")
          + text(range.min())
          + (range.aboveMin() ? " and " : " to ")
          + (range.belowMax() ? "below " : range.aboveMin() ? "at most " : "")
          + text(range.max())
          + (range.orInfinity() ? ", or inf" : "");
    }

    private static String text(double number) {
      return number == Math.rint(number) && Math.abs(number) < 1e7
          ? String.format(Locale.ROOT, "%.0f", number)
          : String.valueOf(number).replace("E", "e");
    }
  }
}
