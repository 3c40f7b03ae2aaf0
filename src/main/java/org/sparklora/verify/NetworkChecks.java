package org.sparklora.verify;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.List;
import org.sparklora.lora.AdaptedNetworks;
import org.sparklora.lora.LoraAdapter;
import org.sparklora.model.ModelFamily;
import org.sparklora.model.NetworkLoader;
import org.sparklora.model.TextEncoders;
import org.sparklora.nn.text.ClipTextModel;
import org.sparklora.nn.text.EncodedText;
import org.sparklora.nn.unet.Conditions;
import org.sparklora.nn.unet.UNet2DConditionModel;
import org.sparklora.nn.vae.Autoencoder;
import org.sparklora.tensor.Ops;
import org.sparklora.tensor.Precision;

/**
 * Forward passes of the text encoder, the autoencoder and the UNet. The first two compute in fp32
 * whatever the precision, as in training, because each runs only once for a caption or picture.
 */
final class NetworkChecks {
  /** The timestep of the rectangular picture in reference folders. */
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
    if (ModelFamily.of(reference.model()).hasAddedConditions()) {
      texts();
      return;
    }
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

  /** SDXL's text encoders: the layer before the last of each, and the pooled text of the second. */
  private void texts() {
    List<int[]> captions = reference.captions();
    int rows = captions.size();
    TextEncoders encoders = networks.textEncoders();
    try (NDManager scope = ops.manager().newSubManager()) {
      EncodedText text = encoders.encode(scope, captions, 0);
      long[] shape = reference.shape("text.penultimate");
      int width = (int) shape[2];
      float[] both = ops.toFp32(scope, text.states()).toFloatArray();
      int all = both.length / (rows * (int) shape[1]);
      verification.network(
          "text.penultimate", columns(both, all, 0, width), reference.floats("text.penultimate"));
      verification.network(
          "text_2.penultimate",
          columns(both, all, width, all),
          reference.floats("text_2.penultimate"));
      compare(scope, "text_2.pooled", text.pooled().orElseThrow());
    }
  }

  private static float[] columns(float[] values, int width, int from, int to) {
    float[] columns = new float[values.length / width * (to - from)];
    for (int row = 0; row < values.length / width; row++) {
      System.arraycopy(values, row * width + from, columns, row * (to - from), to - from);
    }
    return columns;
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
      Conditions context = conditions(scope);
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
        StartingAdapter start = reference.start();
        AdaptedNetworks networkOfUnet = AdaptedNetworks.unet(unet.layers());
        try (LoraAdapter adapter = LoraAdapter.inject(ops, networkOfUnet, start.layout(), 0)) {
          adapter.load(start.values());
          compare(scope, "lora.unet_out", unet.forward(scope, sample, timesteps, context));
        }
      }
    }
  }

  /** Returns the texts and, for SDXL, the added conditions. */
  private Conditions conditions(NDManager scope) {
    int rows = (int) reference.shape("unet.context")[0];
    return reference.conditions(ops, scope, rows, verification.precision());
  }

  /** A picture that is not square, with the first of the texts. */
  private void rectangular(NDManager scope, UNet2DConditionModel unet) {
    int rows = (int) reference.shape("unet.sample_rect")[0];
    long[] timesteps = new long[rows];
    Arrays.fill(timesteps, RECTANGULAR_TIMESTEP);
    NDArray out =
        unet.forward(
            scope,
            input(scope, "unet.sample_rect"),
            scope.create(timesteps),
            reference.conditions(ops, scope, rows, verification.precision()));
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
