package org.sparklora.lora.combine;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.sparklora.lora.AdaptedModule;
import org.sparklora.lora.Adapter;
import org.sparklora.lora.relative.RelativeModule;
import org.sparklora.util.InvalidInputException;

/** Refuses an adapter with values that are not finite, such as one whose training diverged. */
public final class FiniteValues {
  private FiniteValues() {}

  /**
   * Checks every A, B and magnitude, and every factor of a LoHa or LoKr.
   *
   * @throws InvalidInputException (DATA) naming the first module with values that are not finite
   */
  public static void check(String name, Adapter adapter) {
    List<String> broken =
        Stream.concat(
                adapter.modules().parallelStream()
                    .filter(module -> !isFinite(module))
                    .map(AdaptedModule::name),
                adapter.relative().parallelStream()
                    .filter(module -> !module.update().isFinite())
                    .map(RelativeModule::name))
            .toList();
    if (!broken.isEmpty()) {
      throw InvalidInputException.data(
          "Invalid adapter "
              + name
              + ": "
              + broken.size()
              + " of its "
              + (adapter.modules().size() + adapter.relative().size())
              + " modules have values that are not finite, the first is "
              + broken.get(0)
              + "; its training diverged");
    }
  }

  private static boolean isFinite(AdaptedModule module) {
    boolean isFinite =
        module
            .factors()
            .map(factors -> isFinite(factors.values()))
            .orElseGet(() -> isFinite(module.down()) && isFinite(module.up()));
    return isFinite && module.magnitude().map(FiniteValues::isFinite).orElse(true);
  }

  static boolean isFinite(float[] values) {
    return IntStream.range(0, values.length).allMatch(i -> Float.isFinite(values[i]));
  }
}
