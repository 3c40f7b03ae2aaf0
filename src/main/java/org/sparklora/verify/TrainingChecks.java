package org.sparklora.verify;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.IntStream;
import org.sparklora.lora.AdapterLayout;
import org.sparklora.lora.LoraAdapter;
import org.sparklora.lora.LoraConfig;
import org.sparklora.model.NetworkLoader;
import org.sparklora.nn.unet.UNet2DConditionModel;
import org.sparklora.schedulers.NoiseSchedule;
import org.sparklora.schedulers.SchedulerConfig;
import org.sparklora.tensor.Ops;
import org.sparklora.train.AdapterGradient;
import org.sparklora.train.objective.NoisyBatch;
import org.sparklora.train.objective.Objective;
import org.sparklora.train.objective.ObjectiveConfig;
import org.sparklora.train.step.GradientClipping;
import org.sparklora.train.step.MicroBatchGradient;

/** Objective, losses, gradients and whole optimizer runs. */
final class TrainingChecks {
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
    LoraConfig config = reference.loraConfig();
    AdapterLayout layout = reference.layout(config);
    UNet2DConditionModel unet =
        new NetworkLoader(reference.model(), ops, verification.attention())
            .unet(verification.precision());
    try (NDManager scope = ops.manager().newSubManager();
        LoraAdapter adapter = LoraAdapter.inject(ops, unet.layers(), layout, config)) {
      AdapterGradient gradient = new AdapterGradient(ops, unet, adapter, verification.precision());
      adapter.load(reference.startingAdapter(layout));
      NDArray context = context(scope, IntStream.range(0, plain.size()).toArray());
      gradient("mse", gradient.compute(plain, context, 1), layout);
      for (String name : reference.numbers("loss.snr")) {
        String variant = name.substring("loss.".length());
        double gamma = Double.parseDouble(variant.substring("snr".length()));
        NoisyBatch weighted = batch(OptionalDouble.of(gamma));
        gradient(variant, gradient.compute(weighted, context, 1), layout);
      }
      for (String name : reference.numbers("run.")) {
        run(name, new ReferenceRun(gradient, adapter, layout), scope);
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
    if (reference.has("grad." + variant + ".unet." + first(layout))) {
      float[] expected = reference.adapter(layout, "grad." + variant + ".");
      verification.gradient("grad." + variant, layout, actual.values(), expected);
    }
  }

  private void compare(String name, double actual) {
    reference
        .number(name)
        .ifPresent(
            expected ->
                verification.number(name, actual, expected.asDouble(), verification.operation()));
  }

  private static String first(AdapterLayout layout) {
    return layout.modules().get(0).name() + ".lora_A.weight";
  }

  private void run(String name, ReferenceRun run, NDManager scope) {
    JsonNode settings = reference.number(name).orElseThrow();
    int accumulation = settings.path("accumulation").asInt(1);
    NoisyBatch whole = batch(OptionalDouble.empty());
    List<NoisyBatch> batches = new ArrayList<>();
    List<NDArray> contexts = new ArrayList<>();
    // The reference splits its batch where it can, else repeats it: the mean is the same.
    int parts = whole.size() % accumulation == 0 ? accumulation : 1;
    int size = whole.size() / parts;
    for (int i = 0; i < accumulation; i++) {
      int[] rows = IntStream.range(0, size).map(row(i % parts, size)).toArray();
      batches.add(rows(whole, rows));
      contexts.add(context(scope, rows));
    }
    float[] start = reference.startingAdapter(run.layout());
    float[] expected = reference.adapter(run.layout(), name + ".");
    run.compare(name, settings, batches, contexts, start, expected, verification);
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
    return objective.noise(
        new long[] {shape[1], shape[2], shape[3]},
        split(reference.floats("train.latents"), n),
        split(reference.floats("train.noise"), n),
        timesteps);
  }

  private static NoisyBatch rows(NoisyBatch whole, int[] rows) {
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
    return new NoisyBatch(shape, noisy, target, timesteps, weights);
  }

  private NDArray context(NDManager scope, int[] rows) {
    long[] shape = reference.shape("unet.context");
    int n = (int) (shape[1] * shape[2]);
    float[] all = reference.floats("unet.context");
    float[] chosen = new float[rows.length * n];
    for (int i = 0; i < rows.length; i++) {
      System.arraycopy(all, rows[i] * n, chosen, i * n, n);
    }
    NDArray context = scope.create(chosen, new Shape(rows.length, shape[1], shape[2]));
    return ops.cast(scope, context, verification.precision());
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
