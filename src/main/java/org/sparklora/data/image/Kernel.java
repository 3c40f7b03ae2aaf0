package org.sparklora.data.image;

/** The filters Pillow resamples with, as functions of the distance in output pixels. */
enum Kernel {
  BOX(0.5) {
    @Override
    double at(double x) {
      return x > -0.5 && x <= 0.5 ? 1 : 0;
    }
  },
  BILINEAR(1) {
    @Override
    double at(double x) {
      return Math.max(0, 1 - Math.abs(x));
    }
  },
  HAMMING(1) {
    @Override
    double at(double x) {
      double distance = Math.abs(x);
      if (distance >= 1) {
        return 0;
      }
      // The two constants are single precision in the reference.
      return sinc(distance) * (0.54f + 0.46f * StrictMath.cos(distance * Math.PI));
    }
  },
  /** Cubic convolution with a = -0.5 (Keys 1981). */
  BICUBIC(2) {
    private static final double A = -0.5;

    @Override
    double at(double x) {
      double d = Math.abs(x);
      if (d < 1) {
        return ((A + 2) * d - (A + 3)) * d * d + 1;
      }
      return d < 2 ? (((d - 5) * d + 8) * d - 4) * A : 0;
    }
  },
  /** Sinc windowed by the central lobe of a sinc three times as wide. */
  LANCZOS(3) {
    @Override
    double at(double x) {
      return x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0;
    }
  };

  private final double support;

  Kernel(double support) {
    this.support = support;
  }

  /** The distance beyond which the filter is zero. */
  double support() {
    return support;
  }

  abstract double at(double x);

  private static double sinc(double x) {
    if (x == 0) {
      return 1;
    }
    double angle = x * Math.PI;
    return StrictMath.sin(angle) / angle;
  }
}
