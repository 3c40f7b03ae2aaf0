package org.sparklora.schedulers.run;

/**
 * Computes {@code numpy.log} of an fp32 array on x86, to the last bit. numpy's result differs from
 * the exact one by up to a few last bits, and fractional timesteps are interpolated between these
 * values. numpy's vector code reduces to {@code x = 2^e m} with m in (sqrt(1/2), sqrt(2)] and takes
 * a rational approximation of log(m).
 */
final class NumpyLog {
  private static final float[] NUMERATOR = {
    0f, 1f, 2.1126776f, 1.4800006f, 0.38088378f, 0.025899792f
  };
  private static final float[] DENOMINATOR = {
    1f, 2.6126776f, 2.453006f, 0.9864943f, 0.15464763f, 0.0058750953f
  };
  private static final float SQRT_HALF = (float) Math.sqrt(0.5);
  private static final float LOG_2 = (float) StrictMath.log(2);

  private NumpyLog() {}

  /**
   * The natural logarithm of a normal, positive number. For other numbers it is {@link
   * StrictMath#log}.
   */
  static float log(float x) {
    if (!(x >= Float.MIN_NORMAL && x <= Float.MAX_VALUE)) {
      return (float) StrictMath.log(x);
    }
    int exponent = Math.getExponent(x) + 1;
    float mantissa = Math.scalb(x, -exponent);
    if (mantissa <= SQRT_HALF) {
      mantissa += mantissa;
      exponent--;
    }
    float y = mantissa - 1;
    return Math.fma(exponent, LOG_2, polynomial(NUMERATOR, y) / polynomial(DENOMINATOR, y));
  }

  private static float polynomial(float[] coefficients, float x) {
    float value = coefficients[coefficients.length - 1];
    for (int i = coefficients.length - 2; i >= 0; i--) {
      value = Math.fma(value, x, coefficients[i]);
    }
    return value;
  }
}
