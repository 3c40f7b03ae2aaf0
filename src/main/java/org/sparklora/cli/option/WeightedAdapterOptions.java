package org.sparklora.cli.option;

import java.util.ArrayList;
import java.util.List;
import org.sparklora.cli.config.Problems;
import org.sparklora.cli.target.Stores;
import org.sparklora.flag.RealNumber;
import org.sparklora.lora.format.AdapterFile;
import org.sparklora.model.folder.Locations;
import org.sparklora.pipeline.AdapterCard;
import org.sparklora.pipeline.request.WeightedAdapter;
import org.sparklora.util.Findings;
import picocli.CommandLine.Option;

/** Several adapters, each with a weight. */
public final class WeightedAdapterOptions {
  @Option(
      names = "--adapter",
      paramLabel = "PATH",
      description =
          "An adapter in any format: a file or a folder, a path, a URI or an"
              + " id of the hub; repeatable.")
  private List<String> adapters = new ArrayList<>();

  @Option(
      names = "--adapter_weight",
      paramLabel = "W",
      description =
          "Factor on an adapter's updates; one for each --adapter, in the same order"
              + " (default: 1).")
  @RealNumber(min = -1000, max = 1000)
  private List<Double> weights = new ArrayList<>();

  /** An adapter, its weight and its name. */
  public record Weighted(String location, AdapterFile file, double weight) {
    /** The last part of the location. */
    public String shortName() {
      return location.replaceFirst("/+$", "").replaceFirst(".*/", "");
    }
  }

  public void check(Problems problems) {
    problems.require(
        adapters.stream().noneMatch(String::isBlank),
        "--adapter",
        adapters,
        "each must name a file or folder");
    problems.require(
        weights.isEmpty() || weights.size() == adapters.size(),
        "--adapter_weight",
        weights,
        "give one for each of the " + adapters.size() + " adapters, or none");
    for (double weight : weights) {
      problems.require(
          Double.isFinite(weight) && weight != 0,
          "--adapter_weight",
          weight,
          weight == 0 ? "leave the adapter out instead" : "it must be a finite number");
    }
  }

  public boolean isEmpty() {
    return adapters.isEmpty();
  }

  /** All adapters, before they are read. */
  List<WeightedAdapter> all() {
    List<WeightedAdapter> all = new ArrayList<>();
    for (int i = 0; i < adapters.size(); i++) {
      String name = adapters.get(i);
      all.add(new WeightedAdapter(name, Locations.input(name), weight(i)));
    }
    return all;
  }

  private double weight(int adapter) {
    return adapter < weights.size() ? weights.get(adapter) : 1;
  }

  /**
   * Reads all adapters.
   *
   * @throws org.sparklora.util.InvalidInputException (DATA) with the problems of all
   */
  public List<Weighted> read(Stores stores) {
    List<Weighted> read = new ArrayList<>();
    Findings findings = new Findings();
    for (int i = 0; i < adapters.size(); i++) {
      String location = adapters.get(i);
      double weight = weight(i);
      findings
          .collect(() -> named(Locations.asWritten(location), stores))
          .ifPresent(file -> read.add(new Weighted(location, file, weight)));
    }
    findings.throwAll();
    return read;
  }

  private static AdapterFile named(String location, Stores stores) {
    AdapterFile file = AdapterFile.read(location, stores::folder);
    return file.with(AdapterCard.naming(file, location, stores::folder));
  }
}
