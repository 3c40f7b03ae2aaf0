package org.sparklora.lora.relative;

import java.util.Arrays;
import java.util.Optional;
import org.sparklora.lora.lycoris.Matrix;

/**
 * BOFT (Liu et al. 2024, arXiv 2311.06243) as LyCORIS has it: several rotations by blocks, one
 * after the other. Stage i turns outputs that stand {@code 2^i b / 2} apart.
 *
 * @param blocks of all stages, one stage after the other
 * @param stages at least 1
 * @param rescale {@code out} factors
 */
public record Butterfly(Blocks blocks, int stages, Optional<double[]> rescale)
    implements RelativeUpdate {
  @Override
  public String kind() {
    return "BOFT";
  }

  @Override
  public String size() {
    return stages
        + " x "
        + new Blocks(Arrays.copyOf(blocks.values(), perStage()), 0).text()
        + (rescale.isPresent() ? ", rescaled" : "");
  }

  private int perStage() {
    return blocks.count() / stages;
  }

  @Override
  public long parameters() {
    return blocks.parameters() + rescale.map(factors -> factors.length).orElse(0);
  }

  @Override
  public boolean isFinite() {
    return blocks.areFinite() && Rescale.isFinite(rescale);
  }

  /** The last stage's outputs stand furthest apart, and must all exist. */
  @Override
  public boolean fits(long[] weight) {
    long span = (long) blocks.size() << (stages - 1);
    return weight[0] == (long) perStage() * blocks.size()
        && blocks.size() % 2 == 0
        && stages <= Integer.SIZE
        && weight[0] % span == 0
        && Rescale.fits(rescale, weight[0]);
  }

  @Override
  public Matrix delta(Matrix weight, int kernel) {
    Matrix[] rotations = blocks.rotations();
    Matrix turned = weight;
    for (int stage = 0; stage < stages; stage++) {
      turned = turned(turned, rotations, stage);
    }
    return Rescale.of(rescale, turned).plus(-1, weight);
  }

  private Matrix turned(Matrix weight, Matrix[] rotations, int stage) {
    int size = blocks.size();
    int width = weight.columns();
    int[] order = order(weight.rows(), (size / 2) << stage);
    double[] turned = new double[weight.values().length];
    for (int place = 0; place < order.length; place++) {
      Matrix rotation = rotations[stage * perStage() + place / size];
      int first = place - place % size;
      for (int n = 0; n < size; n++) {
        double factor = rotation.values()[place % size * size + n];
        int from = order[first + n] * width;
        for (int i = 0; i < width; i++) {
          turned[order[place] * width + i] += factor * weight.values()[from + i];
        }
      }
    }
    return new Matrix(weight.rows(), width, turned);
  }

  /**
   * The outputs in the order of a stage: those that stand {@code apart} from each other in pairs.
   */
  private static int[] order(int outputs, int apart) {
    int[] order = new int[outputs];
    for (int place = 0; place < outputs; place++) {
      int group = place / (2 * apart);
      int inside = place % (2 * apart);
      order[place] = group * 2 * apart + inside % 2 * apart + inside / 2;
    }
    return order;
  }
}
