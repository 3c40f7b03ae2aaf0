package org.sparklora.verify;

import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.IntStream;
import org.sparklora.lora.AdaptedNetworks;
import org.sparklora.lora.AdapterLayout;
import org.sparklora.lora.LoraAdapter;
import org.sparklora.model.NetworkLoader;
import org.sparklora.model.TextEncoders;
import org.sparklora.nn.text.EncodedText;
import org.sparklora.nn.unet.UNet2DConditionModel;
import org.sparklora.schedulers.noise.NoiseSchedule;
import org.sparklora.schedulers.noise.SchedulerConfig;
import org.sparklora.tensor.Ops;
import org.sparklora.tensor.Precision;
import org.sparklora.train.AdapterGradient;
import org.sparklora.train.TextEncoding;
import org.sparklora.train.TrainedText;
import org.sparklora.train.objective.NoisyBatch;
import org.sparklora.train.objective.Objective;
import org.sparklora.train.objective.ObjectiveConfig;
import org.sparklora.train.step.GradientClipping;
import org.sparklora.train.step.MicroBatchGradient;

/** Objective, losses, gradients and whole optimizer runs. */
final class TrainingChecks {
  private static final String TEXT_RUNS = "run.text_";
  private static final int MOST_MICRO_BATCHES = 1000;

  private final Reference reference;
  private final Ops ops;
  private final Verification verification;

  TrainingChecks(Reference reference, Ops ops, Verification verification) {
    this.reference = reference;
    this.ops = ops;
    this.verification = verification;
  }

  void run() {
    if (!reference.has("train.latents")) {
      return;
    }
    NoisyBatch plain = batch(OptionalDouble.empty());
    objective(plain);
    UNet2DConditionModel unet =
        new NetworkLoader(reference.model(), ops, verification.attention())
            .unet(verification.precision());
    StartingAdapter start = reference.start();
    try (NDManager scope = ops.manager().newSubManager();
        LoraAdapter adapter =
            LoraAdapter.inject(ops, AdaptedNetworks.unet(unet.layers()), start.layout(), 0)) {
      AdapterGradient gradient = new AdapterGradient(ops, unet, adapter, verification.precision());
      adapter.load(start.values());
      EncodedText text = text(scope, IntStream.range(0, plain.size()).toArray());
      gradient("mse", gradient.compute(plain, text, 1), start.layout());
      for (String name : reference.numbers("loss.snr")) {
        String variant = name.substring("loss.".length());
        double gamma = Double.parseDouble(variant.substring("snr".length()));
        NoisyBatch weighted = batch(OptionalDouble.of(gamma));
        gradient(variant, gradient.compute(weighted, text, 1), start.layout());
      }
      for (String name : reference.numbers("run.")) {
        if (!name.startsWith(TEXT_RUNS)) {
          Settings settings = reference.settings(name);
          run(name, settings, new ReferenceRun(adapter, start), fixed(settings, gradient, scope));
        }
      }
    }
    reference.textStart().ifPresent(whole -> texts(plain, unet, whole));
  }

  /** All networks adapted: the gradient goes on through the text encoders. */
  private void texts(NoisyBatch batch, UNet2DConditionModel unet, StartingAdapter start) {
    TextEncoders encoders = new NetworkLoader(reference.model(), ops).textEncoders();
    AdaptedNetworks networks = AdaptedNetworks.of(unet.layers(), encoders, 0);
    try (LoraAdapter adapter = LoraAdapter.inject(ops, networks, start.layout(), 0)) {
      Precision precision = verification.precision();
      AdapterGradient gradient = new AdapterGradient(ops, unet, adapter, precision);
      TrainedText text = new TrainedText(ops, encoders, adapter, precision, 0, 0);
      List<TextEncoding.Caption> captions = new ArrayList<>();
      for (int[] ids : reference.captions()) {
        captions.add(new TextEncoding.Caption(ids, captions.size()));
      }
      ReferenceRun.Batch whole =
          scale -> {
            try (NDManager scope = ops.manager().newSubManager()) {
              return gradient.compute(batch, text.words(scope, 0, captions), scale);
            }
          };
      adapter.load(start.values());
      gradient("text_mse", whole.gradient(1), start.layout());
      for (String name : reference.numbers(TEXT_RUNS)) {
        Settings settings = reference.settings(name);
        run(name, settings, new ReferenceRun(adapter, start), List.of(whole));
      }
    }
  }

  private void objective(NoisyBatch batch) {
    compare("train.noisy", batch.noisy());
    compare("train.target", batch.target());
  }

  private void gradient(String variant, MicroBatchGradient actual, AdapterLayout layout) {
    compare("loss." + variant, actual.loss());
    compare("grad_norm." + variant, GradientClipping.norm(actual.values()));
    if (reference.has("grad." + variant + "." + first(layout))) {
      float[] expected = reference.adapter(layout, "grad." + variant + ".");
      verification.gradient("grad." + variant, layout, actual.values(), expected);
    }
  }

  private void compare(String name, double actual) {
    reference
        .number(name)
        .ifPresent(
            expected -> verification.number(name, actual, expected, verification.operation()));
  }

  private static String first(AdapterLayout layout) {
    AdapterLayout.Module first = layout.modules().get(0);
    return first.network().component() + "." + first.name() + ".lora_A.weight";
  }

  private void run(
      String name, Settings settings, ReferenceRun run, List<ReferenceRun.Batch> batches) {
    float[] expected = reference.adapter(run.start().layout(), name + ".");
    run.compare(name, settings, batches, expected, verification);
  }

  /** The micro-batches of a step whose texts do not change. */
  private List<ReferenceRun.Batch> fixed(
      Settings settings, AdapterGradient gradient, NDManager scope) {
    int accumulation = settings.count("accumulation", MOST_MICRO_BATCHES);
    NoisyBatch whole = batch(OptionalDouble.empty());
    List<ReferenceRun.Batch> batches = new ArrayList<>();
    // The reference splits its batch if it can, and otherwise repeats it: the mean is the same.
    int parts = whole.size() % accumulation == 0 ? accumulation : 1;
    int size = whole.size() / parts;
    for (int i = 0; i < accumulation; i++) {
      int[] rows = IntStream.range(0, size).map(row(i % parts, size)).toArray();
      NoisyBatch batch = rows(whole, rows);
      EncodedText text = text(scope, rows);
      batches.add(scale -> gradient.compute(batch, text, scale));
    }
    return batches;
  }

  private static java.util.function.IntUnaryOperator row(int part, int size) {
    return row -> part * size + row;
  }

  private NoisyBatch batch(OptionalDouble snrGamma) {
    NoiseSchedule schedule =
        NoiseSchedule.of(SchedulerConfig.of(reference.model().config("scheduler")));
    Objective objective =
        new Objective(schedule, new ObjectiveConfig(Optional.empty(), snrGamma, 0));
    long[] shape = reference.shape("train.latents");
    int n = (int) (shape[1] * shape[2] * shape[3]);
    int[] timesteps =
        Arrays.stream(reference.longs("train.timesteps")).mapToInt(Math::toIntExact).toArray();
    NoisyBatch batch =
        objective.noise(
            new long[] {shape[1], shape[2], shape[3]},
            split(reference.floats("train.latents"), n),
            split(reference.floats("train.noise"), n),
            timesteps);
    return withSizes(batch, IntStream.range(0, timesteps.length).toArray());
  }

  private NoisyBatch withSizes(NoisyBatch batch, int[] rows) {
    return reference.timeIds(rows).map(batch::withTimeIds).orElse(batch);
  }

  private NoisyBatch rows(NoisyBatch whole, int[] rows) {
    int n = whole.noisy().length / whole.size();
    float[] noisy = new float[rows.length * n];
    float[] target = new float[rows.length * n];
    for (int i = 0; i < rows.length; i++) {
      System.arraycopy(whole.noisy(), rows[i] * n, noisy, i * n, n);
      System.arraycopy(whole.target(), rows[i] * n, target, i * n, n);
    }
    long[] shape = whole.shape().clone();
    shape[0] = rows.length;
    float[] weights = new float[rows.length];
    Arrays.fill(weights, 1);
    int[] timesteps = Arrays.stream(rows).map(row -> whole.timesteps()[row]).toArray();
    return withSizes(new NoisyBatch(shape, noisy, target, timesteps, weights), rows);
  }

  private EncodedText text(NDManager scope, int[] rows) {
    return reference.text(ops, scope, rows, verification.precision());
  }

  private void compare(String name, float[] actual) {
    if (reference.has(name)) {
      verification.operation(name, actual, reference.floats(name));
    }
  }

  private static List<float[]> split(float[] values, int n) {
    return IntStream.range(0, values.length / n)
        .mapToObj(i -> Arrays.copyOfRange(values, i * n, (i + 1) * n))
        .toList();
  }
}
