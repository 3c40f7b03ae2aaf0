package org.sparklora.lora.combine;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.sparklora.lora.AdaptedModule;
import org.sparklora.lora.Adapter;
import org.sparklora.lora.AdapterLayout;
import org.sparklora.lora.LoraConfig;
import org.sparklora.lora.Trainables;
import org.sparklora.lora.lycoris.FactoredUpdate;
import org.sparklora.lora.lycoris.LycorisFactors;
import org.sparklora.model.Network;
import org.sparklora.util.InvalidInputException;

/**
 * An adapter from which a new run starts. A run of LoHa or LoKr starts from the factors of the same
 * kind and shapes. Of LoRA, if the run's rank is at least the file's, the first step computes the
 * same update as the file. Otherwise it starts from the nearest update of the run's rank.
 *
 * @param adapter as read from its file
 */
public record AdapterStart(Adapter adapter) {
  /**
   * The values from which training starts.
   *
   * @param values of the flat vector
   * @param retained the part of the file's squared norm that the run's ranks can hold, 0 to 1
   */
  public record Values(float[] values, double retained) {}

  /**
   * Replaces the layers, ranks and alphas of the flags by those of the file.
   *
   * @throws InvalidInputException (CONFIGURATION) when it adapts a network that the run does not
   */
  public Trainables layersOfFile(Trainables trainables) {
    Map<Network, LoraConfig> lora = new TreeMap<>();
    for (Network network : Network.values()) {
      List<AdaptedModule> modules =
          adapter.modules().stream().filter(module -> module.network() == network).toList();
      LoraConfig flags = trainables.lora().get(network);
      if (flags == null && !modules.isEmpty()) {
        throw notAdapted(network, modules.size(), modules.get(0).name());
      }
      if (flags != null && !modules.isEmpty()) {
        lora.put(network, config(flags, modules));
      }
    }
    return trainables.withLora(lora);
  }

  private static LoraConfig config(LoraConfig flags, List<AdaptedModule> modules) {
    int rank = modules.get(0).rank();
    double alpha = modules.get(0).alpha();
    Map<String, Integer> ranks = new LinkedHashMap<>();
    Map<String, Double> alphas = new LinkedHashMap<>();
    List<String> targets = new ArrayList<>();
    for (AdaptedModule module : modules) {
      targets.add(module.name());
      String pattern = module.name().replace(".", "\\.");
      if (module.rank() != rank) {
        ranks.put(pattern, module.rank());
      }
      if (module.alpha() != alpha) {
        alphas.put(pattern, module.alpha());
      }
    }
    boolean dora = modules.stream().allMatch(AdaptedModule::isDora);
    return new LoraConfig(rank, alpha, flags.dropout(), false, dora, targets, ranks, alphas)
        .with(flags.inner());
  }

  /**
   * Puts the adapter into a layout.
   *
   * @param fresh the values of a run that starts from new values; modules that the file lacks keep
   *     them
   * @throws InvalidInputException (CONFIGURATION) when the file has modules that the run does not
   *     adapt; (DATA) when it was made for another base model
   */
  public Values in(AdapterLayout layout, float[] fresh) {
    requireFit(layout);
    Map<String, AdapterLayout.Module> modules = modules(layout);
    float[] values = fresh.clone();
    double energy = 0;
    double retained = 0;
    for (AdaptedModule from : adapter.modules()) {
      AdapterLayout.Module to = modules.get(key(from.network(), from.name()));
      if (to.lycoris().isPresent()) {
        copyFactors(from, to, values);
        continue;
      }
      AdaptedModule fitting = from;
      if (from.rank() > to.rank()) {
        LowRankUpdate.Truncated truncated = LowRankUpdate.of(from).truncate(to.rank());
        fitting = truncated.module();
        energy += truncated.energy();
        retained += truncated.retained();
      } else {
        double norm = LowRankUpdate.of(from).norm();
        energy += norm * norm;
        retained += norm * norm;
      }
      copy(fitting, to, values);
    }
    return new Values(values, energy == 0 ? 1 : retained / energy);
  }

  /**
   * Checks that the adapter can be put into a layout.
   *
   * @throws InvalidInputException (CONFIGURATION) when the file has modules that the run does not
   *     adapt; (DATA) when it was made for another base model
   */
  public void requireFit(AdapterLayout layout) {
    Map<String, AdapterLayout.Module> modules = modules(layout);
    requireAdapted(modules);
    adapter
        .modules()
        .forEach(from -> requireFit(from, modules.get(key(from.network(), from.name()))));
  }

  private static Map<String, AdapterLayout.Module> modules(AdapterLayout layout) {
    Map<String, AdapterLayout.Module> modules = new HashMap<>();
    layout.modules().forEach(module -> modules.put(key(module.network(), module.name()), module));
    return modules;
  }

  /**
   * Copies A and B. Rows of A beyond the file's rank keep their random values, and their columns of
   * B are zero.
   */
  private static void copy(AdaptedModule from, AdapterLayout.Module to, float[] values) {
    float[] down = from.down();
    float[] up = from.up();
    System.arraycopy(down, 0, values, to.downOffset(), down.length);
    int outputs = Math.toIntExact(to.upShape()[0]);
    double factor = from.scale() / to.scale();
    for (int row = 0; row < outputs; row++) {
      for (int r = 0; r < from.rank(); r++) {
        values[to.upOffset() + row * to.rank() + r] = (float) (up[row * from.rank() + r] * factor);
      }
    }
    from.magnitude()
        .ifPresent(
            lengths -> System.arraycopy(lengths, 0, values, to.magnitudeOffset(), lengths.length));
  }

  /** Copies the factors of a LoHa or LoKr. The first of them takes what the scales differ by. */
  private static void copyFactors(AdaptedModule from, AdapterLayout.Module to, float[] values) {
    float[] factors = from.factors().orElseThrow().values();
    System.arraycopy(factors, 0, values, to.downOffset(), factors.length);
    double factor = from.scale() / to.scale();
    LycorisFactors.Placed first = to.lycoris().orElseThrow().placed(to.downOffset()).get(0);
    for (int i = first.offset(); i < first.offset() + first.factor().size(); i++) {
      values[i] = (float) (values[i] * factor);
    }
  }

  private static String key(Network network, String name) {
    return network + " " + name;
  }

  private void requireAdapted(Map<String, AdapterLayout.Module> modules) {
    for (Network network : Network.values()) {
      List<AdaptedModule> without =
          adapter.modules().stream()
              .filter(module -> module.network() == network)
              .filter(module -> !modules.containsKey(key(network, module.name())))
              .toList();
      if (!without.isEmpty()) {
        throw notAdapted(network, without.size(), without.get(0).name());
      }
    }
    if (!adapter.tokens().isEmpty()) {
      throw InvalidInputException.configuration(
          "Invalid --init_lora: it has learned tokens, which a run does not go on from; take them"
              + " out with convert --without_tokens");
    }
  }

  private static InvalidInputException notAdapted(Network network, int count, String first) {
    return InvalidInputException.configuration(
        "Invalid --init_lora: it adapts "
            + count
            + (count == 1 ? " layer" : " layers")
            + " of the "
            + network.text()
            + " that the run does not, such as "
            + first
            + "; "
            + (network.isTextEncoder()
                ? "add --train_text_encoder, and name them in --text_encoder_target_modules or add"
                    + " --dim_from_weights"
                : "name them in --lora_target_modules, or add --dim_from_weights"));
  }

  private static void requireFit(AdaptedModule from, AdapterLayout.Module to) {
    long outputs = to.upShape()[0];
    if (!from.fits(outputs, to.downSize() / to.rank())) {
      throw InvalidInputException.data(
          "Invalid --init_lora: "
              + from.name()
              + " has another shape in the base model; it was made for another one");
    }
    if (to.lycoris().isPresent()) {
      requireFactors(from, to.lycoris().get());
    }
    if (from.isDora() != to.dora()) {
      throw InvalidInputException.configuration(
          "Invalid --init_lora: "
              + from.name()
              + (from.isDora()
                  ? " is a DoRA; add --use_dora"
                  : " is no DoRA; leave --use_dora out, or give an adapter with magnitudes"));
    }
  }

  private static void requireFactors(AdaptedModule from, LycorisFactors wanted) {
    Optional<LycorisFactors> found = from.factors().map(FactoredUpdate::factors);
    String algo = wanted.algo().name().toLowerCase(Locale.ROOT);
    if (found.filter(factors -> factors.algo() == wanted.algo()).isEmpty()) {
      throw InvalidInputException.configuration(
          "Invalid --init_lora: "
              + from.name()
              + " has not the factors of --algo="
              + algo
              + "; give an adapter of this kind, or train with the --algo of the file");
    }
    if (!wanted.hasShapesOf(found.get())) {
      throw InvalidInputException.configuration(
          "Invalid --init_lora: "
              + from.name()
              + " has "
              + found.get().shapes()
              + " and the run "
              + wanted.shapes()
              + "; train with the rank and the settings of --algo="
              + algo
              + " that the file was made with");
    }
  }
}
