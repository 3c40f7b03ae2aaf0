package org.sparklora.cli;

import java.util.ArrayList;
import java.util.List;
import org.sparklora.pipeline.AdapterUse;
import org.sparklora.pipeline.WeightedAdapter;
import picocli.CommandLine.Option;

/** Adapters to draw with. */
final class AdapterOptions {
  @Option(
      names = "--adapter",
      paramLabel = "PATH",
      description = "An adapter of any format: a file or folder, a path or a URI; repeatable.")
  private List<String> adapters = new ArrayList<>();

  @Option(
      names = "--adapter_weight",
      paramLabel = "NUMBER",
      description = "Weight of each --adapter, in their order (default: 1 each).")
  private List<Double> weights = new ArrayList<>();

  @Option(
      names = "--fuse",
      arity = "0..1",
      fallbackValue = "true",
      description = "Add the adapters to the weights, instead of computing them at each step.")
  private boolean fuse;

  @Option(
      names = "--lora_scale",
      description = "All adapters' weights are multiplied by this (default: ${DEFAULT-VALUE}).")
  private double loraScale = 1;

  AdapterUse use(Problems problems) {
    problems.require(
        weights.isEmpty() || weights.size() == adapters.size(),
        "--adapter_weight",
        weights,
        "there are " + adapters.size() + " adapters; give a weight for each, or none");
    problems.require(
        weights.stream().allMatch(Double::isFinite),
        "--adapter_weight",
        weights,
        "each must be a number");
    problems.require(Double.isFinite(loraScale), "--lora_scale", loraScale, "it must be a number");
    List<WeightedAdapter> used = new ArrayList<>();
    for (int i = 0; i < adapters.size(); i++) {
      String name = adapters.get(i);
      problems.require(!name.isBlank(), "--adapter", name, "it must name a file or folder");
      double weight = i < weights.size() ? weights.get(i) : 1;
      used.add(new WeightedAdapter(name, Location.resolve(name), weight));
    }
    return new AdapterUse(used, fuse, loraScale);
  }
}
