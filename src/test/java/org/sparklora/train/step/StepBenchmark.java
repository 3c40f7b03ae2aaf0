package org.sparklora.train.step;

import ai.djl.Device;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.sparklora.lora.LoraConfig;
import org.sparklora.tensor.AttentionKernel;
import org.sparklora.tensor.Ops;
import org.sparklora.tensor.Precision;
import org.sparklora.tensor.ProductRates;
import org.sparklora.train.RandomUNet;
import org.sparklora.util.PeakMemory;
import org.sparklora.util.ProcessMemory;

/**
 * Where the time of a gradient goes, by method of the op library and size of its result: random
 * weights, rank 4 on the attentions, batch 1. Linux alone. {@code jobs/bench step MODEL PRECISION
 * LATENT_SIDE THREADS STEPS true|false [lora|dora|locon]}; locon adapts all linear layers and
 * convolutions of the resnets and between them, too.
 */
final class StepBenchmark {

  private static final class Cost {
    private int calls;
    private long nanoseconds;
  }

  private StepBenchmark() {}

  private static LoraConfig adapter(String kind) {
    List<String> targets = new ArrayList<>(LoraConfig.ATTENTION);
    if (kind.equals("locon")) {
      targets.addAll(List.of("conv1", "conv2", "conv_shortcut", "time_emb_proj", "conv"));
    }
    return new LoraConfig(4, 4, 0, false, kind.equals("dora"), targets, Map.of(), Map.of());
  }

  public static void main(String[] args) throws IOException {
    Precision precision = Precision.valueOf(args[1].toUpperCase(Locale.ROOT));
    int side = Integer.parseInt(args[2]);
    int steps = Integer.parseInt(args[4]);
    boolean checkpointing = Boolean.parseBoolean(args[5]);
    LoraConfig lora = adapter(args.length > 6 ? args[6] : "lora");
    try (Ops ops = Ops.open(Device.cpu(), Integer.parseInt(args[3]));
        RandomUNet network =
            new RandomUNet(ops, Path.of(args[0]), precision, AttentionKernel.DEFAULT, lora)) {
      System.out.printf(
          Locale.ROOT, "resident before the first step %.3f GiB%n", ProcessMemory.RESIDENT.gib());
      network.gradient(1, side, checkpointing);
      double loaded = ProcessMemory.RESIDENT.gib();
      PeakMemory.restart(); // VmHWM starts again from VmRSS
      Map<String, Cost> costs = new TreeMap<>();
      ops.setObserver(
          (method, results, nanoseconds) -> {
            Cost cost =
                costs.computeIfAbsent(
                    method + " " + Arrays.toString(results.get(0).getShape().getShape()),
                    key -> new Cost());
            cost.calls++;
            cost.nanoseconds += nanoseconds;
          });
      double[] seconds = new double[steps];
      for (int i = 0; i < steps; i++) {
        long start = System.nanoTime();
        MicroBatchGradient gradient = network.gradient(1, side, checkpointing);
        seconds[i] = (System.nanoTime() - start) / 1e9;
        System.out.printf(
            Locale.ROOT,
            "step %.3f s; loss %.6f, gradient %08x%n",
            seconds[i],
            gradient.loss(),
            Arrays.hashCode(gradient.values()));
      }
      costs.entrySet().stream()
          .sorted((a, b) -> Long.compare(b.getValue().nanoseconds, a.getValue().nanoseconds))
          .limit(60)
          .forEach(
              entry ->
                  System.out.printf(
                      Locale.ROOT,
                      "%8.1f ms %4d calls  %s%n",
                      entry.getValue().nanoseconds / 1e6 / steps,
                      entry.getValue().calls / steps,
                      entry.getKey()));
      ProductRates.print(ops, precision);
      Arrays.sort(seconds);
      System.out.printf(
          Locale.ROOT,
          "%s: median %.3f s, fastest %.3f s; resident before %.3f GiB, peak %.3f GiB%n",
          args[1],
          seconds[steps / 2],
          seconds[0],
          loaded,
          ProcessMemory.PEAK.gib());
    }
  }
}
