package org.sparklora.train.step;

import ai.djl.Device;
import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import org.sparklora.lora.LoraConfig;
import org.sparklora.tensor.AttentionKernel;
import org.sparklora.tensor.Ops;
import org.sparklora.tensor.Precision;
import org.sparklora.train.RandomUNet;
import org.sparklora.util.PeakMemory;
import org.sparklora.util.ProcessMemory;

/**
 * Memory and time of a micro-batch's gradient, rank 4, in a UNet of random weights, with or without
 * checkpointing. Linux alone. {@code jobs/bench checkpointing MODEL PRECISION LATENT_SIDE BATCH
 * THREADS true|false}
 */
final class CheckpointingBenchmark {

  private CheckpointingBenchmark() {}

  public static void main(String[] args) throws IOException {
    Precision precision = Precision.valueOf(args[1].toUpperCase(Locale.ROOT));
    int side = Integer.parseInt(args[2]);
    int batch = Integer.parseInt(args[3]);
    int threads = Integer.parseInt(args[4]);
    boolean checkpointing = Boolean.parseBoolean(args[5]);
    LoraConfig lora = new LoraConfig(4, 4, 0, false, LoraConfig.ATTENTION);
    try (Ops ops = Ops.open(Device.cpu(), threads);
        RandomUNet network =
            new RandomUNet(ops, Path.of(args[0]), precision, AttentionKernel.DEFAULT, lora)) {
      network.gradient(1, 8, checkpointing); // what the first call loads
      double loaded = ProcessMemory.RESIDENT.gib();
      PeakMemory.restart(); // VmHWM starts again from VmRSS
      OperatingSystemMXBean system =
          (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
      long cpu = system.getProcessCpuTime();
      MicroBatchGradient gradient = network.gradient(batch, side, checkpointing);
      System.out.printf(
          Locale.ROOT,
          "%s %s batch %d checkpointing=%s: loaded %.3f GiB, peak %.3f GiB, CPU %.1f s;"
              + " loss %.6f, gradient %08x%n",
          args[0],
          args[1],
          batch,
          checkpointing,
          loaded,
          ProcessMemory.PEAK.gib(),
          (system.getProcessCpuTime() - cpu) / 1e9,
          gradient.loss(),
          Arrays.hashCode(gradient.values()));
    }
  }
}
