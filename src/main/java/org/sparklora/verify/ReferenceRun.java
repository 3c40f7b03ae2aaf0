package org.sparklora.verify;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import org.sparklora.lora.LoraAdapter;
import org.sparklora.tensor.Precision;
import org.sparklora.train.rate.LearningRateConfig;
import org.sparklora.train.rate.LrScheduler;
import org.sparklora.train.step.AdapterOptimizer;
import org.sparklora.train.step.GradientTree;
import org.sparklora.train.step.GroupPlan;
import org.sparklora.train.step.MicroBatchGradient;
import org.sparklora.train.step.OptimizerConfig;
import org.sparklora.train.step.PartRates;
import org.sparklora.train.step.StepResult;
import org.sparklora.util.InvalidInputException;

/** A short training run from the starting adapter, step by step against the reference's trace. */
record ReferenceRun(LoraAdapter adapter, StartingAdapter start) {
  /** A micro-batch, which is the same in every step. */
  interface Batch {
    /**
     * Its loss and gradient, with the values that the adapter has.
     *
     * @param lossScale the factor on the loss before backward
     */
    MicroBatchGradient gradient(float lossScale);
  }

  void compare(
      String name,
      Settings settings,
      List<Batch> batches,
      float[] expected,
      Verification verification) {
    AdapterOptimizer optimizer = optimizer(settings, batches.size());
    JsonNode trace = settings.rows("trace", 3);
    float[] losses = new float[trace.size()];
    float[] norms = new float[trace.size()];
    float[] rates = new float[trace.size()];
    for (int step = 0; step < trace.size(); step++) {
      StepResult result = optimizer.apply(sum(optimizer, batches));
      losses[step] = (float) result.loss();
      norms[step] = (float) result.gradientNorm();
      rates[step] = (float) result.learningRate();
    }
    verification.network(name + ".loss", losses, column(trace, 0), own(settings, "loss"));
    verification.network(name + ".grad_norm", norms, column(trace, 1), own(settings, "grad_norm"));
    verification.operation(name + ".lr", rates, column(trace, 2));
    verification.adapter(name, optimizer.state().values(), expected, own(settings, "values"));
  }

  /** The distance of the reference from itself when its batch is in another order. */
  private static OptionalDouble own(Settings settings, String what) {
    JsonNode error = settings.json().path("reordered").path(what);
    return error.isNumber() ? OptionalDouble.of(error.doubleValue()) : OptionalDouble.empty();
  }

  private static float[] column(JsonNode trace, int column) {
    float[] values = new float[trace.size()];
    for (int step = 0; step < values.length; step++) {
      values[step] = (float) trace.path(step).path(column).asDouble();
    }
    return values;
  }

  private MicroBatchGradient sum(AdapterOptimizer optimizer, List<Batch> batches) {
    adapter.load(optimizer.state().values());
    float scale = optimizer.state().lossScale();
    GradientTree tree = new GradientTree(batches.size());
    for (int i = 0; i < batches.size(); i++) {
      tree.add(i, batches.get(i).gradient(scale));
    }
    return tree.total();
  }

  private AdapterOptimizer optimizer(Settings settings, int microBatches) {
    OptimizerConfig config =
        new OptimizerConfig(
            settings.number("lr"),
            0.9,
            0.999,
            settings.number("weight_decay"),
            1e-8,
            settings.number("max_grad_norm"));
    LearningRateConfig schedule =
        new LearningRateConfig(
            scheduler(settings.text("schedule")),
            0,
            settings.count("steps", Integer.MAX_VALUE),
            1,
            1.0);
    return new AdapterOptimizer(
        config,
        Precision.FP32,
        microBatches,
        new GroupPlan(PartRates.ALIKE, config.learningRate(), schedule).groups(start.layout()),
        start.values());
  }

  /** The schedule at the beginning of a description such as "cosine over 10, no warm-up". */
  private static LrScheduler scheduler(String description) {
    return Arrays.stream(LrScheduler.values())
        .filter(s -> description.startsWith(s.name().toLowerCase(Locale.ROOT)))
        .max(Comparator.comparingInt(s -> s.name().length()))
        .orElseThrow(
            () -> InvalidInputException.data("Unsupported schedule of a run: " + description));
  }
}
