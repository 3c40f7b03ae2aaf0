package org.sparklora.nn.vae;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import java.util.Optional;
import org.sparklora.nn.Convolution;
import org.sparklora.nn.Layers;
import org.sparklora.nn.ResnetBlock2D;
import org.sparklora.tensor.Ops;

/** The variational autoencoder of Stable Diffusion. */
public final class AutoencoderKL implements Autoencoder {
  private static final double EPS = 1e-6;

  private final Ops ops;
  private final AutoencoderKLConfig config;
  private final AutoencoderKLEncoder encoder;
  private final Optional<Convolution> quantConv;
  private final Optional<Convolution> postQuantConv;
  private final AutoencoderKLDecoder decoder;

  public AutoencoderKL(AutoencoderKLConfig config, Layers layers) {
    this.ops = layers.ops();
    this.config = config;
    ResnetBlock2D.Settings settings =
        new ResnetBlock2D.Settings(0, config.normNumGroups(), EPS, config.activation(), false, 1.0);
    this.encoder = new AutoencoderKLEncoder(layers.at("encoder"), config, settings);
    this.decoder = new AutoencoderKLDecoder(layers.at("decoder"), config, settings);
    int latents = config.latentChannels();
    this.quantConv = pointwise(layers, "quant_conv", 2 * latents, config.useQuantConv());
    this.postQuantConv = pointwise(layers, "post_quant_conv", latents, config.usePostQuantConv());
  }

  private static Optional<Convolution> pointwise(
      Layers layers, String name, int channels, boolean present) {
    return present
        ? Optional.of(Convolution.same(layers, name, channels, channels, 1, true))
        : Optional.empty();
  }

  @Override
  public Posterior encode(NDManager scope, NDArray pixels) {
    NDArray moments = encoder.forward(scope, pixels);
    if (quantConv.isPresent()) {
      moments = quantConv.get().forward(scope, moments);
    }
    NDList both = ops.callForList(scope, "split_moments", Ops.of(moments));
    return new Posterior(both.get(0), Optional.of(both.get(1)));
  }

  @Override
  public NDArray decode(NDManager scope, NDArray latents) {
    NDArray h = latents;
    if (postQuantConv.isPresent()) {
      h = postQuantConv.get().forward(scope, h);
    }
    return decoder.forward(scope, h);
  }

  @Override
  public AutoencoderConfig config() {
    return config;
  }
}
