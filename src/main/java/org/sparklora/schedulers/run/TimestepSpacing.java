package org.sparklora.schedulers.run;

import org.sparklora.util.InvalidInputException;

/**
 * The choice of training timesteps that a run visits (Lin et al. 2023, arXiv 2305.08891, table 2);
 * names as in diffusers' {@code timestep_spacing}.
 */
public enum TimestepSpacing {
  /** From the last timestep to 0, both included. */
  LINSPACE,
  /** Multiples of the whole ratio, from 0. */
  LEADING,
  /** Multiples of the ratio, from the last timestep. */
  TRAILING;

  /**
   * The timesteps from noise to image. Those of LINSPACE are fractions; round them if the scheduler
   * takes whole ones.
   *
   * @param trainTimesteps timesteps the model was trained with
   * @param offset {@code steps_offset}, for LEADING
   */
  double[] timesteps(int trainTimesteps, int steps, int offset) {
    return timesteps(trainTimesteps, trainTimesteps, steps, offset);
  }

  /**
   * Returns the timesteps from noise to image that lie below {@code end}.
   *
   * @param end the timestep to stay below, at most {@code trainTimesteps}
   */
  double[] timesteps(int trainTimesteps, int end, int steps, int offset) {
    return switch (this) {
      case LINSPACE -> reversed(linspace(0, end - 1, steps));
      case LEADING -> {
        int ratio = end / steps;
        if (ratio == 0) {
          throw tooMany(steps, trainTimesteps);
        }
        double[] timesteps = new double[steps];
        for (int i = 0; i < steps; i++) {
          timesteps[i] = (double) (steps - 1 - i) * ratio + offset;
        }
        yield timesteps;
      }
      case TRAILING -> {
        double ratio = trainTimesteps / (double) steps;
        // This follows numpy's arange: its length is a ceiling, and its step the difference of the
        // first two values.
        double[] timesteps = new double[(int) Math.ceil(end / ratio)];
        double step = (end - ratio) - end;
        for (int i = 0; i < timesteps.length; i++) {
          timesteps[i] = Math.rint(end + i * step) - 1;
        }
        yield timesteps;
      }
    };
  }

  /**
   * The timesteps as whole numbers.
   *
   * @throws InvalidInputException if there are more steps than timesteps
   */
  public int[] wholeTimesteps(int trainTimesteps, int steps, int offset) {
    requireAsMany(steps, trainTimesteps);
    return whole(timesteps(trainTimesteps, steps, offset));
  }

  /**
   * Refuses to visit more timesteps than there are. diffusers does so in some schedulers; in others
   * it would visit timesteps several times.
   *
   * @throws InvalidInputException if there are more steps than timesteps
   */
  static void requireAsMany(int steps, int trainTimesteps) {
    if (steps > trainTimesteps) {
      throw tooMany(steps, trainTimesteps);
    }
  }

  private static InvalidInputException tooMany(int steps, int trainTimesteps) {
    return InvalidInputException.configuration(
        "Invalid number of sampling steps: "
            + steps
            + "; the model was trained on "
            + trainTimesteps
            + " timesteps; use fewer steps.");
  }

  static int[] whole(double[] timesteps) {
    int[] whole = new int[timesteps.length];
    for (int i = 0; i < whole.length; i++) {
      whole[i] = (int) Math.rint(timesteps[i]);
    }
    return whole;
  }

  /** Equals {@code numpy.linspace}. */
  static double[] linspace(double start, double stop, int n) {
    double[] values = new double[n];
    double step = n > 1 ? (stop - start) / (n - 1) : 0;
    for (int i = 0; i < n; i++) {
      values[i] = i * step + start;
    }
    if (n > 1) {
      values[n - 1] = stop;
    }
    return values;
  }

  public static float[] floats(int[] timesteps) {
    float[] floats = new float[timesteps.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = timesteps[i];
    }
    return floats;
  }

  /**
   * Refuses timesteps that the noise schedule does not have.
   *
   * @throws InvalidInputException if there are too many steps or the offset leads past the end
   */
  public static int[] requireInside(int[] timesteps, int trainTimesteps) {
    for (int timestep : timesteps) {
      if (timestep < 0 || timestep >= trainTimesteps) {
        throw InvalidInputException.configuration(
            "Invalid number of sampling steps: "
                + timesteps.length
                + "; it leads to timestep "
                + timestep
                + " of a model trained on 0 to "
                + (trainTimesteps - 1)
                + "; use fewer steps.");
      }
    }
    return timesteps;
  }

  private static double[] reversed(double[] values) {
    double[] reversed = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      reversed[i] = values[values.length - 1 - i];
    }
    return reversed;
  }
}
