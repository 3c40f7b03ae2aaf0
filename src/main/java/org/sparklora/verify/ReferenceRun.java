package org.sparklora.verify;

import ai.djl.ndarray.NDArray;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import org.sparklora.lora.AdapterLayout;
import org.sparklora.lora.LoraAdapter;
import org.sparklora.tensor.Precision;
import org.sparklora.train.AdapterGradient;
import org.sparklora.train.AdapterOptimizer;
import org.sparklora.train.LearningRateConfig;
import org.sparklora.train.LrScheduler;
import org.sparklora.train.MicroBatchGradient;
import org.sparklora.train.NoisyBatch;
import org.sparklora.train.OptimizerConfig;
import org.sparklora.train.StepResult;

/** A short training run from the starting adapter, step by step against the reference's trace. */
record ReferenceRun(
    AdapterGradient gradient, LoraAdapter adapter, AdapterLayout layout, Precision precision) {

  void compare(
      String name,
      JsonNode settings,
      List<NoisyBatch> batches,
      List<NDArray> contexts,
      float[] start,
      float[] expected,
      Verification verification) {
    AdapterOptimizer optimizer = optimizer(settings, batches.size(), start);
    JsonNode trace = settings.path("trace");
    double loss = 0;
    double norm = 0;
    double rate = 0;
    for (int step = 0; step < settings.path("steps").asInt(); step++) {
      StepResult result = optimizer.apply(sum(optimizer, batches, contexts));
      JsonNode wanted = trace.path(step);
      loss = Math.max(loss, Comparison.relativeError(result.loss(), wanted.path(0).asDouble()));
      norm =
          Math.max(
              norm, Comparison.relativeError(result.gradientNorm(), wanted.path(1).asDouble()));
      rate =
          Math.max(
              rate, Comparison.relativeError(result.learningRate(), wanted.path(2).asDouble()));
    }
    verification.add(name + ".loss", loss, verification.network());
    verification.add(name + ".grad_norm", norm, verification.network());
    verification.add(name + ".lr", rate, 1e-5);
    verification.add(
        name,
        AdapterDeviation.largest(layout, optimizer.state().values(), expected, precision),
        verification.network());
  }

  private MicroBatchGradient sum(
      AdapterOptimizer optimizer, List<NoisyBatch> batches, List<NDArray> contexts) {
    adapter.load(optimizer.state().values());
    float scale = optimizer.state().lossScale();
    double loss = 0;
    float[] values = new float[layout.parameters()];
    for (int i = 0; i < batches.size(); i++) {
      MicroBatchGradient part = gradient.compute(batches.get(i), contexts.get(i), scale);
      loss += part.loss();
      for (int j = 0; j < values.length; j++) {
        values[j] += part.values()[j];
      }
    }
    return new MicroBatchGradient(loss, values);
  }

  private static AdapterOptimizer optimizer(JsonNode settings, int microBatches, float[] start) {
    boolean cosine = settings.path("schedule").asText().startsWith("cosine");
    OptimizerConfig config =
        new OptimizerConfig(
            settings.path("lr").asDouble(),
            0.9,
            0.999,
            settings.path("weight_decay").asDouble(),
            1e-8,
            settings.path("max_grad_norm").asDouble());
    LearningRateConfig schedule =
        new LearningRateConfig(
            cosine ? LrScheduler.COSINE : LrScheduler.CONSTANT,
            0,
            settings.path("steps").asInt(),
            1,
            1.0);
    return new AdapterOptimizer(config, schedule, Precision.FP32, microBatches, start);
  }
}
