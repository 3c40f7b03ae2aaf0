package org.sparklora.lora.relative;

import java.util.Arrays;
import org.sparklora.lora.lycoris.Matrix;

/**
 * IA3 (Liu et al. 2022, arXiv 2205.05638): a trained factor for each input or each output of a
 * layer.
 *
 * @param change the factors less one
 * @param onInput whether they are for the inputs
 * @param scalesBias whether a bias is an output, too, as PEFT has it; LyCORIS leaves it alone
 */
public record ChannelScale(double[] change, boolean onInput, boolean scalesBias)
    implements RelativeUpdate {
  @Override
  public String kind() {
    return "IA3";
  }

  @Override
  public String size() {
    return change.length + (onInput ? " inputs" : " outputs");
  }

  @Override
  public long parameters() {
    return change.length;
  }

  @Override
  public boolean isFinite() {
    return Arrays.stream(change).allMatch(Double::isFinite);
  }

  @Override
  public boolean fits(long[] weight) {
    return weight[onInput ? 1 : 0] == change.length;
  }

  @Override
  public Matrix delta(Matrix weight, int kernel) {
    double[] delta = weight.values().clone();
    for (int i = 0; i < delta.length; i++) {
      int channel = onInput ? i % weight.columns() / kernel : i / weight.columns();
      delta[i] *= change[channel];
    }
    return new Matrix(weight.rows(), weight.columns(), delta);
  }
}
