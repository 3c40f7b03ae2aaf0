package org.sparklora.cli.option;

import org.sparklora.cli.config.Problems;
import org.sparklora.flag.RealNumber;
import org.sparklora.pipeline.request.AdapterUse;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Adapters to draw with. */
public final class AdapterOptions {
  @Mixin private WeightedAdapterOptions weighted = new WeightedAdapterOptions();

  @Option(
      names = "--fuse",
      arity = "0..1",
      fallbackValue = "true",
      paramLabel = "true|false",
      description = "Add the adapters to the weights once, instead of computing them at each step.")
  private boolean fuse;

  @Option(
      names = "--lora_scale",
      paramLabel = "W",
      description = "Factor on the weights of all adapters (default: ${DEFAULT-VALUE}).")
  @RealNumber(min = -1000, max = 1000)
  private double loraScale = 1;

  public AdapterUse use(Problems problems) {
    weighted.check(problems);
    return new AdapterUse(weighted.all(), fuse, loraScale);
  }
}
