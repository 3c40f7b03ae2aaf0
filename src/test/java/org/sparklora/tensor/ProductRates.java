package org.sparklora.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.List;
import java.util.Locale;

/** How fast this machine multiplies and convolves at the sizes of Stable Diffusion 1.5's levels. */
public final class ProductRates {
  private static final int ROUNDS = 7;

  private ProductRates() {}

  /** Prints a line a level, the fastest of some rounds. */
  public static void print(Ops ops, Precision precision) {
    for (int side = 64, channels = 320; side >= 16; side /= 2, channels *= 2) {
      long tokens = (long) side * side;
      try (NDManager scope = ops.manager().newSubManager()) {
        NDArray x = random(ops, scope, precision, 1, tokens, channels);
        NDArray weight = random(ops, scope, precision, 4L * channels, channels);
        Ops.Argument layer = Ops.of(List.of(weight, ops.newNone()));
        double product =
            2e-9 * tokens * channels * 4 * channels / fastest(ops, "linear", Ops.of(x), layer);
        NDArray image =
            ops.call(
                scope, "image", Ops.of(random(ops, scope, precision, 1, channels, side, side)));
        NDArray kernel =
            ops.call(
                scope, "image", Ops.of(random(ops, scope, precision, channels, channels, 3, 3)));
        double convolution =
            18e-9
                * tokens
                * channels
                * channels
                / fastest(
                    ops,
                    "convolution",
                    Ops.of(image),
                    Ops.of(List.of(kernel, ops.newNone())),
                    Ops.of(ops.attrs(1, 1)));
        System.out.printf(
            Locale.ROOT,
            "%s %dx%d, %d channels: product %.0f GFLOP/s, convolution %.0f GFLOP/s%n",
            precision,
            side,
            side,
            channels,
            product,
            convolution);
      }
    }
  }

  private static NDArray random(Ops ops, NDManager scope, Precision precision, long... shape) {
    return ops.cast(scope, scope.randomNormal(new Shape(shape)), precision);
  }

  private static double fastest(Ops ops, String method, Ops.Argument... arguments) {
    double fastest = Double.MAX_VALUE;
    for (int i = 0; i < ROUNDS; i++) {
      try (NDManager scope = ops.manager().newSubManager()) {
        long start = System.nanoTime();
        ops.call(scope, method, arguments);
        fastest = Math.min(fastest, (System.nanoTime() - start) / 1e9);
      }
    }
    return fastest;
  }
}
