package org.sparklora.lora.relative;

import java.util.Optional;
import org.sparklora.lora.lycoris.Matrix;

/**
 * OFT (Qiu et al. 2023, arXiv 2306.07280) as LyCORIS ({@code diag-oft}) and kohya's scripts have
 * it: each block of outputs is turned, {@code W_k -> R_k' W_k}; then each output may be scaled.
 *
 * @param rescale {@code out} factors
 */
public record BlockRotation(Blocks blocks, Optional<double[]> rescale) implements RelativeUpdate {
  @Override
  public String kind() {
    return "OFT";
  }

  @Override
  public String size() {
    return blocks.text() + (rescale.isPresent() ? ", rescaled" : "");
  }

  @Override
  public long parameters() {
    return blocks.parameters() + rescale.map(factors -> factors.length).orElse(0);
  }

  @Override
  public boolean isFinite() {
    return blocks.areFinite() && Rescale.isFinite(rescale);
  }

  @Override
  public boolean fits(long[] weight) {
    return weight[0] == (long) blocks.count() * blocks.size() && Rescale.fits(rescale, weight[0]);
  }

  @Override
  public Matrix delta(Matrix weight, int kernel) {
    Matrix[] rotations = blocks.rotations();
    int size = blocks.size();
    int width = weight.columns();
    double[] turned = new double[weight.values().length];
    for (int row = 0; row < weight.rows(); row++) {
      int first = row - row % size;
      Matrix rotation = rotations[row / size];
      for (int n = 0; n < size; n++) {
        double factor = rotation.values()[n * size + row % size];
        for (int i = 0; i < width; i++) {
          turned[row * width + i] += factor * weight.values()[(first + n) * width + i];
        }
      }
    }
    return Rescale.of(rescale, new Matrix(weight.rows(), width, turned)).plus(-1, weight);
  }
}
