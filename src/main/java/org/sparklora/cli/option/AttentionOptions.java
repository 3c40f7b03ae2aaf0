package org.sparklora.cli.option;

import java.util.Locale;
import org.sparklora.cli.config.Problems;
import org.sparklora.tensor.AttentionKernel;
import picocli.CommandLine.Option;

/** The attention kernel; a mixin of every command that runs networks. */
public final class AttentionOptions {
  private enum Kernel {
    SDPA,
    SLICED,
    PLAIN
  }

  @Option(
      names = "--attention",
      paramLabel = "KERNEL",
      description =
          "How attention is computed: sdpa (fused, memory-efficient), sliced or plain (default:"
              + " ${DEFAULT-VALUE}). The result's bits depend on it.")
  private String attention = "sdpa";

  @Option(
      names = "--attention_slice_size",
      paramLabel = "SIZE",
      description =
          "Heads at a time, with sliced: auto (half a picture's heads), max (one head) or a number"
              + " (default: auto).")
  private String sliceSize = "";

  @Option(
      names = "--enable_xformers_memory_efficient_attention",
      arity = "0..1",
      fallbackValue = "true",
      paramLabel = "true|false",
      description = "The same as --attention sdpa, the default.")
  private boolean xformers;

  public AttentionKernel kernel(Problems problems) {
    Kernel kernel = problems.choice("--attention", attention, Kernel.values(), Kernel.SDPA);
    problems.require(
        kernel == Kernel.SLICED || sliceSize.isEmpty(),
        "--attention_slice_size",
        sliceSize,
        "it goes with --attention sliced");
    problems.require(
        kernel == Kernel.SDPA || !xformers,
        "--attention",
        attention,
        "--enable_xformers_memory_efficient_attention asks for sdpa; give one of them");
    return switch (kernel) {
      case SDPA -> new AttentionKernel.Sdpa();
      case SLICED -> new AttentionKernel.Sliced(sliceSize(problems));
      case PLAIN -> new AttentionKernel.Plain();
    };
  }

  private int sliceSize(Problems problems) {
    return switch (sliceSize.toLowerCase(Locale.ROOT)) {
      case "", "auto" -> AttentionKernel.Sliced.AUTO;
      case "max" -> AttentionKernel.Sliced.MAX;
      default -> {
        boolean positive = sliceSize.matches("[1-9]\\d{0,8}");
        problems.require(
            positive, "--attention_slice_size", sliceSize, "it takes auto, max or a number");
        yield positive ? Integer.parseInt(sliceSize) : AttentionKernel.Sliced.AUTO;
      }
    };
  }
}
