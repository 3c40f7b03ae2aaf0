package org.sparklora.verify;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import org.sparklora.lora.AdapterLayout;
import org.sparklora.lora.LoraAdapter;
import org.sparklora.lora.LoraConfig;
import org.sparklora.model.NetworkLoader;
import org.sparklora.nn.text.ClipTextModel;
import org.sparklora.nn.unet.UNet2DConditionModel;
import org.sparklora.nn.vae.Autoencoder;
import org.sparklora.tensor.Ops;
import org.sparklora.tensor.Precision;

/**
 * Forward passes of the text encoder, the autoencoder and the UNet. The first two compute in fp32
 * whatever the precision, as they do in training: each runs once a caption or picture.
 */
final class NetworkChecks {
  /** The timestep that reference folders compute their rectangular picture at. */
  private static final long RECTANGULAR_TIMESTEP = 77;

  private final Reference reference;
  private final Ops ops;
  private final Verification verification;
  private final NetworkLoader networks;

  NetworkChecks(Reference reference, Ops ops, Verification verification) {
    this.reference = reference;
    this.ops = ops;
    this.verification = verification;
    this.networks = new NetworkLoader(reference.model(), ops, verification.attention());
  }

  void run() {
    if (reference.has("text.input_ids")) {
      text();
    }
    if (reference.has("vae.pixels")) {
      vae();
    }
    if (reference.has("unet.sample")) {
      unet();
    }
  }

  private void text() {
    ClipTextModel encoder = networks.textEncoder(Precision.FP32);
    long[] shape = reference.shape("text.input_ids");
    long[] ids = reference.longs("text.input_ids");
    long[][] rows = new long[(int) shape[0]][];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = Arrays.copyOfRange(ids, i * (int) shape[1], (i + 1) * (int) shape[1]);
    }
    try (NDManager scope = ops.manager().newSubManager()) {
      NDArray tokens = scope.create(ids, new Shape(shape));
      NDArray last = encoder.hiddenStates(scope, tokens, 0);
      compare(scope, "text.last_hidden_state", last);
      if (reference.has("text.pooled")) {
        compare(scope, "text.pooled", encoder.pooled(scope, last, rows));
      }
      if (reference.has("text.clip_skip_1")) {
        compare(scope, "text.clip_skip_1", encoder.hiddenStates(scope, tokens, 1));
      }
    }
  }

  private void vae() {
    Autoencoder vae = networks.vae(Precision.FP32);
    try (NDManager scope = ops.manager().newSubManager()) {
      Autoencoder.Posterior posterior = vae.encode(scope, values(scope, "vae.pixels"));
      if (reference.has("vae.mean")) {
        compare(scope, "vae.mean", posterior.mean());
      }
      if (reference.has("vae.logvar") && posterior.logVariance().isPresent()) {
        compare(scope, "vae.logvar", posterior.logVariance().get());
      }
      if (reference.has("vae.latent") && reference.has("vae.decoded")) {
        compare(scope, "vae.decoded", vae.decode(scope, values(scope, "vae.latent")));
      }
    }
  }

  private void unet() {
    UNet2DConditionModel unet = networks.unet(verification.precision());
    try (NDManager scope = ops.manager().newSubManager()) {
      NDArray timesteps = scope.create(reference.longs("unet.timestep"));
      NDArray context = input(scope, "unet.context");
      NDArray sample = input(scope, "unet.sample");
      compare(scope, "unet.out", unet.forward(scope, sample, timesteps, context));
      if (reference.has("unet.out_guided")) {
        double scale = reference.number("unet.guidance_scale").orElseThrow().asDouble();
        compare(scope, "unet.out_guided", unet.guided(scope, sample, timesteps, context, scale));
      }
      if (reference.has("unet.out_rect")) {
        rectangular(scope, unet);
      }
      if (reference.has("lora.unet_out")) {
        LoraConfig config = reference.loraConfig();
        AdapterLayout layout = reference.layout(config);
        try (LoraAdapter adapter = LoraAdapter.inject(ops, unet.layers(), layout, config)) {
          adapter.load(reference.startingAdapter(layout));
          compare(scope, "lora.unet_out", unet.forward(scope, sample, timesteps, context));
        }
      }
    }
  }

  /** A picture that is not square, with the first of the texts. */
  private void rectangular(NDManager scope, UNet2DConditionModel unet) {
    int rows = (int) reference.shape("unet.sample_rect")[0];
    long[] timesteps = new long[rows];
    Arrays.fill(timesteps, RECTANGULAR_TIMESTEP);
    long[] shape = reference.shape("unet.context");
    float[] text = reference.floats("unet.context");
    NDArray context =
        scope.create(
            Arrays.copyOf(text, rows * (int) (shape[1] * shape[2])),
            new Shape(rows, shape[1], shape[2]));
    NDArray out =
        unet.forward(
            scope,
            input(scope, "unet.sample_rect"),
            scope.create(timesteps),
            ops.cast(scope, context, verification.precision()));
    compare(scope, "unet.out_rect", out);
  }

  private NDArray input(NDManager scope, String name) {
    return ops.cast(scope, values(scope, name), verification.precision());
  }

  private NDArray values(NDManager scope, String name) {
    return scope.create(reference.floats(name), new Shape(reference.shape(name)));
  }

  private void compare(NDManager scope, String name, NDArray actual) {
    float[] values = ops.toFp32(scope, actual).toFloatArray();
    verification.network(name, values, reference.floats(name));
  }
}
