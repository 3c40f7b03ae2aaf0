package org.sparklora.train.optimizer;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Time of an update and memory of the state. After {@code mvn test-compile
 * dependency:build-classpath -Dmdep.outputFile=target/cp.txt}: {@code java -Xmx3g -cp
 * target/test-classes:target/classes:$(cat target/cp.txt)
 * org.sparklora.train.optimizer.UpdateRuleBenchmark}.
 */
final class UpdateRuleBenchmark {
  private static final int UPDATES = 7;

  private UpdateRuleBenchmark() {}

  public static void main(String[] args) {
    // SD 1.5's attention: to_q, to_k, to_v, to_out of 320 to 1280 channels, at rank 4 and 256.
    for (int rank : new int[] {4, 256}) {
      List<ParameterTensor> tensors = attention(rank);
      for (UpdateRuleConfig config :
          List.of(
              new UpdateRuleConfig.AdamW(0.9, 0.999, 1e-2, 1e-8),
              new UpdateRuleConfig.AdamW8bit(0.9, 0.999, 1e-2, 1e-8),
              new UpdateRuleConfig.Lion(0.9, 0.99, 0),
              new UpdateRuleConfig.Adafactor(0, false, false, false),
              new UpdateRuleConfig.Prodigy(
                  0.9, 0.999, 0.9995, 0, 1e-8, true, true, true, 1e-6, 1, 1 / 0.0))) {
        measure(config, tensors);
      }
    }
  }

  private static List<ParameterTensor> attention(int rank) {
    List<ParameterTensor> tensors = new ArrayList<>();
    int offset = 0;
    for (int width : new int[] {320, 640, 1280}) {
      int blocks = width == 1280 ? 6 : 5;
      for (int module = 0; module < blocks * 8; module++) {
        int in = module % 8 > 5 ? 768 : width;
        tensors.add(new ParameterTensor(offset, new long[] {rank, in}));
        offset += rank * in;
        tensors.add(new ParameterTensor(offset, new long[] {width, rank}));
        offset += rank * width;
      }
    }
    return tensors;
  }

  private static void measure(UpdateRuleConfig config, List<ParameterTensor> tensors) {
    int n = ParameterTensor.total(tensors);
    float[] parameters = new float[n];
    float[] gradient = new float[n];
    for (int i = 0; i < n; i++) {
      parameters[i] = (float) Math.sin(i);
      gradient[i] = (float) Math.cos(i * 0.37) * 1e-3f;
    }
    UpdateRule rule = UpdateRule.of(config, tensors, parameters, Optional.empty());
    double best = Double.MAX_VALUE;
    for (int update = 1; update <= UPDATES; update++) {
      long start = System.nanoTime();
      rule.update(parameters, gradient, 1e-4, update);
      best = Math.min(best, (System.nanoTime() - start) / 1e6);
    }
    UpdateRuleState state = rule.state();
    long bytes =
        state.floats().values().stream().mapToLong(v -> 4L * v.length).sum()
            + state.codes().values().stream().mapToLong(v -> v.length).sum();
    System.out.printf(
        Locale.ROOT,
        "%-10s %,11d parameters: %7.1f ms an update, state %.1f MiB%n",
        config.label(),
        n,
        best,
        bytes / (double) (1 << 20));
  }
}
