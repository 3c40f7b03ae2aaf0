package org.sparklora.nn.vae;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.sparklora.nn.Convolution;
import org.sparklora.nn.Layers;
import org.sparklora.nn.Upsample2D;
import org.sparklora.tensor.Ops;

/** TAESD (O. Boer Bohan), a distilled autoencoder without a posterior's variance. */
public final class AutoencoderTiny implements Autoencoder {
  private interface Step {
    NDArray forward(NDManager scope, NDArray x);
  }

  private final Ops ops;
  private final AutoencoderTinyConfig config;
  private final List<Step> encoder;
  private final List<Step> decoder;

  public AutoencoderTiny(AutoencoderTinyConfig config, Layers layers) {
    this.ops = layers.ops();
    this.config = config;
    this.encoder = encoder(layers.at("encoder"));
    this.decoder = decoder(layers.at("decoder"));
  }

  private List<Step> encoder(Layers layers) {
    List<Step> steps = new ArrayList<>();
    List<Integer> channels = config.encoderBlockOutChannels();
    for (int i = 0; i < channels.size(); i++) {
      int c = channels.get(i);
      String name = position(steps);
      steps.add(
          i == 0
              ? Convolution.same(layers, name, config.inChannels(), c, 3, true)::forward
              : Convolution.halving(layers, name, c, c, false)::forward);
      addBlocks(steps, layers, config.numEncoderBlocks().get(i), c);
    }
    int last = channels.get(channels.size() - 1);
    steps.add(
        Convolution.same(layers, position(steps), last, config.latentChannels(), 3, true)::forward);
    return steps;
  }

  private List<Step> decoder(Layers layers) {
    List<Step> steps = new ArrayList<>();
    List<Integer> channels = config.decoderBlockOutChannels();
    int first = channels.get(0);
    steps.add(
        Convolution.same(layers, position(steps), config.latentChannels(), first, 3, true)
            ::forward);
    NDArray activation = ops.attrs(config.activation().code());
    steps.add((scope, x) -> ops.call(scope, "activation", Ops.of(x), Ops.of(activation)));
    int last = channels.size() - 1;
    for (int i = 0; i < last; i++) {
      int c = channels.get(i);
      addBlocks(steps, layers, config.numDecoderBlocks().get(i), c);
      // The reference counts upsampling and convolution as two steps of its list; here they are one
      // call.
      steps.add((scope, x) -> x);
      Upsample2D upsample = new Upsample2D(layers, position(steps), c, false);
      steps.add((scope, x) -> upsample.forward(scope, x, ops.none()));
    }
    addBlocks(steps, layers, config.numDecoderBlocks().get(last), channels.get(last));
    steps.add(
        Convolution.same(layers, position(steps), channels.get(last), config.outChannels(), 3, true)
            ::forward);
    return steps;
  }

  private void addBlocks(List<Step> steps, Layers layers, int count, int channels) {
    for (int i = 0; i < count; i++) {
      AutoencoderTinyBlock block =
          new AutoencoderTinyBlock(layers.at(position(steps)), channels, config.activation());
      steps.add(block::forward);
    }
  }

  private static String position(List<Step> steps) {
    return "layers." + steps.size();
  }

  @Override
  public Posterior encode(NDManager scope, NDArray pixels) {
    NDArray h = ops.call(scope, "tiny_input", Ops.of(pixels));
    for (Step step : encoder) {
      h = step.forward(scope, h);
    }
    return new Posterior(ops.toFp32(scope, h), Optional.empty());
  }

  @Override
  public NDArray decode(NDManager scope, NDArray latents) {
    NDArray h = ops.call(scope, "tiny_bound", Ops.of(latents));
    for (Step step : decoder) {
      h = step.forward(scope, h);
    }
    return ops.call(scope, "center", Ops.of(h));
  }

  @Override
  public AutoencoderConfig config() {
    return config;
  }
}
