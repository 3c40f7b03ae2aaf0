package org.sparklora.spark.prepare;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.sparklora.data.cache.LatentEncoder;
import org.sparklora.data.cache.LatentEncoderFactory;
import org.sparklora.data.cache.Posterior;

/** An encoder of plain arithmetic: means and log variances of 8 x 8 squares, characters as ids. */
record MeanPooling(String identity) implements LatentEncoderFactory {
  private static final int SIDE = 8;

  /** Pictures encoded in this JVM. */
  static final AtomicLong ENCODED = new AtomicLong();

  @Override
  public LatentEncoder open() {
    return new LatentEncoder() {
      @Override
      public Posterior encode(float[] chw, int height, int width) {
        ENCODED.incrementAndGet();
        return pool(chw, height, width);
      }

      @Override
      public int[] tokenIds(String caption) {
        return caption.chars().toArray();
      }

      @Override
      public void close() {}
    };
  }

  static Posterior pool(float[] chw, int height, int width) {
    int rows = height / SIDE;
    int columns = width / SIDE;
    float[] mean = new float[3 * rows * columns];
    float[] logVariance = new float[mean.length];
    for (int i = 0; i < mean.length; i++) {
      int channel = i / (rows * columns);
      int top = i / columns % rows * SIDE;
      int left = i % columns * SIDE;
      double sum = 0;
      double squares = 0;
      for (int j = 0; j < SIDE * SIDE; j++) {
        double value = chw[(channel * height + top + j / SIDE) * width + left + j % SIDE];
        sum += value;
        squares += value * value;
      }
      double average = sum / (SIDE * SIDE);
      mean[i] = (float) average;
      logVariance[i] = (float) StrictMath.log(squares / (SIDE * SIDE) - average * average + 1e-6);
    }
    return new Posterior(3, rows, columns, mean, Optional.of(logVariance));
  }
}
