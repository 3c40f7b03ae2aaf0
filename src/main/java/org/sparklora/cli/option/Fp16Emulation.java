package org.sparklora.cli.option;

import java.util.List;
import org.sparklora.tensor.Precision;
import picocli.CommandLine.Option;

/** {@code --emulate_fp16}: fp16 where there is no GPU. */
public final class Fp16Emulation {
  @Option(
      names = "--emulate_fp16",
      arity = "0..1",
      fallbackValue = "true",
      paramLabel = "true|false",
      description =
          "Computes fp16 on CPUs, too, to try out a GPU run's range, overflows and loss scale:"
              + " operands and results are fp16, products are computed in fp32. Slower than no"
              + " (default: fp16 only on GPUs).")
  private boolean emulates;

  /** The precision to compute in, where another was chosen by name. */
  public Precision of(Precision chosen) {
    if (emulates && chosen != Precision.FP16) {
      FlagLog.noEffect(List.of("--emulate_fp16"), "without fp16");
    }
    return emulates && chosen == Precision.FP16 ? Precision.EMULATED_FP16 : chosen;
  }
}
