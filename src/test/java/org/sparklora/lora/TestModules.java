package org.sparklora.lora;

import java.util.List;
import java.util.Map;
import java.util.Random;
import org.sparklora.model.Network;

/** Small updates, and what they are as whole matrices. */
public final class TestModules {
  private TestModules() {}

  public static AdaptedModule linear(
      String name, int out, int in, int rank, double alpha, long seed) {
    Random random = new Random(seed);
    return new AdaptedModule(
        Network.UNET,
        name,
        new long[] {rank, in},
        normals(random, rank * in),
        new long[] {out, rank},
        normals(random, out * rank),
        alpha);
  }

  public static Adapter adapter(AdaptedModule... modules) {
    return new Adapter(List.of(modules), List.of(), Map.of());
  }

  private static float[] normals(Random random, int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  /** {@code scale B A}, computed as it is written. */
  public static double[][] dense(AdaptedModule module) {
    int rank = module.rank();
    int inputs = module.down().length / rank;
    double[][] dense = new double[module.up().length / rank][inputs];
    for (int i = 0; i < dense.length; i++) {
      for (int j = 0; j < inputs; j++) {
        for (int r = 0; r < rank; r++) {
          dense[i][j] +=
              module.scale() * module.up()[i * rank + r] * (double) module.down()[r * inputs + j];
        }
      }
    }
    return dense;
  }

  /** {@code x + weight y}. */
  public static double[][] plus(double[][] x, double weight, double[][] y) {
    double[][] sum = new double[x.length][];
    for (int i = 0; i < x.length; i++) {
      sum[i] = x[i].clone();
      for (int j = 0; j < sum[i].length; j++) {
        sum[i][j] += weight * y[i][j];
      }
    }
    return sum;
  }

  public static double norm(double[][] matrix) {
    double squares = 0;
    for (double[] row : matrix) {
      for (double value : row) {
        squares += value * value;
      }
    }
    return Math.sqrt(squares);
  }

  /** The norm of the difference over the norm of what is expected. */
  public static double error(double[][] actual, double[][] expected) {
    return norm(plus(actual, -1, expected)) / norm(expected);
  }
}
