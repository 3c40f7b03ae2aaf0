package org.sparklora.nn.attention;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.sparklora.tensor.AttentionKernel;
import org.sparklora.tensor.KeyedRandom;
import org.sparklora.tensor.KeyedRandom.Purpose;
import org.sparklora.tensor.Ops;
import org.sparklora.tensor.Precision;
import org.sparklora.util.PeakMemory;
import org.sparklora.util.ProcessMemory;

/**
 * CPU time and memory of the kernels in the self-attention of Stable Diffusion 1.5's finest blocks
 * at 512 x 512: 4096 tokens, 8 heads of 40. Not part of the build; Linux alone:
 *
 * <pre>mvn -q test -Dtest=AttentionBenchmark</pre>
 */
class AttentionBenchmark {
  private static final int TOKENS = 4096;
  private static final int HEADS = 8;
  private static final int WIDTH = 40;
  private static final int ROUNDS = 3;
  private static final double MIB = 1 << 20;

  private record Cost(double seconds, double mebibytes) {}

  @Test
  void fusedAttentionTakesTheLeastMemory() throws IOException {
    List<AttentionKernel> kernels =
        List.of(
            new AttentionKernel.Sdpa(),
            new AttentionKernel.Sliced(AttentionKernel.Sliced.AUTO),
            new AttentionKernel.Sliced(AttentionKernel.Sliced.MAX),
            new AttentionKernel.Plain());
    System.out.printf("%-5s %-17s %-12s %9s %9s%n", "type", "pass", "kernel", "CPU s", "peak MiB");
    try (Ops ops = Ops.open(Device.cpu(), 1)) {
      for (Precision precision : List.of(Precision.FP32, Precision.BF16)) {
        for (boolean backward : new boolean[] {false, true}) {
          Map<AttentionKernel, List<Cost>> costs = new LinkedHashMap<>();
          for (int round = 0; round < ROUNDS; round++) {
            for (AttentionKernel kernel : kernels) {
              costs
                  .computeIfAbsent(kernel, k -> new ArrayList<>())
                  .add(measure(ops, kernel, precision, backward));
            }
          }
          costs.forEach((kernel, list) -> print(precision, backward, kernel, list));
          assertThat(peak(costs.get(kernels.get(0)))).isLessThan(peak(costs.get(kernels.get(3))));
        }
      }
    }
  }

  private static void print(
      Precision precision, boolean backward, AttentionKernel kernel, List<Cost> costs) {
    double[] seconds = costs.stream().mapToDouble(Cost::seconds).sorted().toArray();
    System.out.printf(
        Locale.ROOT,
        "%-5s %-17s %-12s %9.2f %9.0f%n",
        precision.name().toLowerCase(Locale.ROOT),
        backward ? "forward+backward" : "forward",
        kernel,
        seconds[seconds.length / 2],
        peak(costs));
  }

  private static double peak(List<Cost> costs) {
    return costs.stream().mapToDouble(Cost::mebibytes).max().orElseThrow();
  }

  private static Cost measure(
      Ops ops, AttentionKernel kernel, Precision precision, boolean backward) throws IOException {
    try (NDManager scope = ops.manager().newSubManager()) {
      int size = TOKENS * HEADS * WIDTH;
      Shape shape = new Shape(1, TOKENS, (long) HEADS * WIDTH);
      NDArray[] leaves = new NDArray[3];
      Ops.Argument[] arguments = new Ops.Argument[5];
      for (int i = 0; i < 3; i++) {
        float[] values = KeyedRandom.of(1, Purpose.NOISE, 0, i).normals(size);
        leaves[i] = ops.cast(scope, scope.create(values, shape), precision);
        arguments[i] = Ops.of(leaves[i]);
        if (backward) {
          ops.requireGradient(leaves[i]);
        }
      }
      double scale = 1 / Math.sqrt(WIDTH);
      arguments[3] = Ops.of(ops.attrs(HEADS, scale, kernel.rows(HEADS), 0, 0));
      arguments[4] = Ops.of(ops.none());
      NDArray gradient = ops.cast(scope, scope.ones(shape), precision);
      double before = resetPeak();
      long start = cpuTime();
      if (backward) {
        NDArray out = ops.recordGradients(() -> ops.call(scope, "attend", arguments));
        ops.backward(out, gradient);
      } else {
        ops.call(scope, "attend", arguments);
      }
      return new Cost(
          (cpuTime() - start) / 1e9, (ProcessMemory.PEAK.bytes().orElseThrow() - before) / MIB);
    }
  }

  /** Time of all the process's threads, which other processes do not change, in nanoseconds. */
  private static long cpuTime() {
    return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getProcessCpuTime();
  }

  /** Makes the kernel forget the process's peak; returns what is resident. */
  private static double resetPeak() throws IOException {
    PeakMemory.restart();
    return ProcessMemory.RESIDENT.bytes().orElseThrow();
  }
}
