package org.sparklora.report.track;

import java.util.LinkedHashMap;
import java.util.Map;
import org.sparklora.report.event.RunEvent;
import org.sparklora.train.step.TimeSplit;

/**
 * A step's numbers by the names that trackers show: {@code train_loss} and {@code lr} as diffusers
 * logs them, the others grouped by the word before the slash. Values that are not finite are left
 * out.
 */
final class StepMetrics {
  /** Mean loss on held-out pictures. */
  static final String HELD_OUT_LOSS = "validation/loss";

  /** The weight of the past in the smoothed loss: a mean over about 20 steps. */
  private static final double SMOOTHING = 0.95;

  private double weightedLoss;
  private double weight;
  private long skipped;

  /** The numbers of the next step. */
  Map<String, Double> of(RunEvent.Stepped step) {
    double loss = step.result().loss();
    if (Double.isFinite(loss)) {
      weightedLoss = SMOOTHING * weightedLoss + (1 - SMOOTHING) * loss;
      weight = SMOOTHING * weight + (1 - SMOOTHING);
    }
    skipped += step.result().skipped() ? 1 : 0;
    Map<String, Double> metrics = new LinkedHashMap<>();
    metrics.put("train_loss", loss);
    metrics.put("train_loss_smoothed", weightedLoss / weight);
    metrics.put("lr", step.result().learningRate());
    if (step.result().learningRates().size() > 1) {
      step.result().learningRates().forEach((group, rate) -> metrics.put("lr/" + group, rate));
    }
    metrics.put("optimizer/grad_norm", step.result().gradientNorm());
    metrics.put("optimizer/loss_scale", (double) step.result().lossScale());
    metrics.put("optimizer/skipped_steps", (double) skipped);
    metrics.put("throughput/images_per_second", step.imagesPerSecond());
    metrics.put("throughput/step_seconds", step.timing().seconds());
    metrics.put("throughput/sync_seconds", step.timing().syncSeconds());
    TimeSplit split = step.timing().split();
    metrics.put("throughput/utilisation", split.compute() / step.timing().seconds());
    metrics.put("throughput/data_seconds", split.data());
    metrics.put("throughput/exchange_seconds", split.exchange());
    metrics.put("throughput/driver_seconds", split.driver());
    metrics.put("throughput/start_seconds", split.start());
    metrics.put("throughput/workers", (double) step.timing().workers());
    metrics.put("memory/driver_gib", gibibytes(step.timing().memory().driver()));
    metrics.put("memory/worker_gib", gibibytes(step.timing().memory().worker()));
    if (step.timing().memory().device() > 0) {
      metrics.put("memory/gpu_gib", gibibytes(step.timing().memory().device()));
    }
    metrics.values().removeIf(value -> !Double.isFinite(value));
    return metrics;
  }

  private static double gibibytes(long bytes) {
    return bytes / (double) (1 << 30);
  }
}
