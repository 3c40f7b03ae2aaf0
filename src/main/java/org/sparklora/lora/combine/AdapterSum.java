package org.sparklora.lora.combine;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.sparklora.lora.AdaptedModule;
import org.sparklora.lora.Adapter;
import org.sparklora.lora.LearnedToken;
import org.sparklora.model.Network;
import org.sparklora.util.InvalidInputException;

/**
 * The weighted sum of adapters as one adapter. The updates are never computed as whole matrices.
 * The A's are stacked below each other and the B's side by side: {@code [B1 B2] [A1; A2] = B1 A1 +
 * B2 A2}, of rank {@code r1 + r2}.
 */
public final class AdapterSum {
  /** Metadata that is also true of a sum. Metadata about ranks or training is not. */
  private static final Set<String> BASE_MODEL =
      Set.of(
          "base_model",
          "base_model_identity",
          "base_model_name_or_path",
          "ss_sd_model_name",
          "ss_sd_model_hash",
          "ss_base_model_version",
          "sd_checkpoint_name");

  /**
   * An adapter's part in a sum.
   *
   * @param name of its file, for messages
   * @param weight factor on its updates; learned tokens are not multiplied
   */
  public record Part(String name, Adapter adapter, double weight) {}

  private record Target(Network network, String name) {}

  private record Share(Part source, AdaptedModule module) {
    double factor() {
      return source.weight() * module.scale();
    }
  }

  private AdapterSum() {}

  /**
   * Adds adapters up. The rank of a module is the sum of the ranks of the adapters that have it. A
   * DoRA is possible only for a module that no other adapter has.
   *
   * @param parts at least one
   * @return modules by network and name, all learned tokens, and the metadata on which all parts
   *     agree
   * @throws InvalidInputException (DATA) naming every module that has different shapes in two parts
   *     or that is a DoRA in one of several, and every learned token that two parts have
   */
  public static Adapter of(List<Part> parts) {
    List<String> problems = new ArrayList<>();
    Map<Target, List<Share>> byTarget =
        new TreeMap<>(Comparator.comparing(Target::network).thenComparing(Target::name));
    for (Part part : parts) {
      FiniteValues.check(part.name(), part.adapter());
      for (AdaptedModule module : part.adapter().modules()) {
        byTarget
            .computeIfAbsent(new Target(module.network(), module.name()), t -> new ArrayList<>())
            .add(new Share(part, module));
      }
    }
    byTarget.values().forEach(same -> checkShapes(same, problems));
    byTarget.values().stream()
        .filter(same -> same.size() > 1)
        .forEach(same -> refuseDora(same, problems));
    List<LearnedToken> tokens = tokens(parts, problems);
    if (!problems.isEmpty()) {
      throw new InvalidInputException(InvalidInputException.Kind.DATA, problems);
    }
    return new Adapter(
        byTarget.values().stream().map(AdapterSum::sum).toList(), tokens, commonMetadata(parts));
  }

  private static void checkShapes(List<Share> parts, List<String> problems) {
    Share first = parts.get(0);
    for (Share other : parts) {
      if (inputs(other.module()) != inputs(first.module())
          || other.module().upShape()[0] != first.module().upShape()[0]) {
        problems.add(
            "Cannot merge module "
                + first.module().name()
                + ": its A and B are "
                + shapes(first.module())
                + " in "
                + first.source().name()
                + " but "
                + shapes(other.module())
                + " in "
                + other.source().name()
                + "; they were made for different base models");
        return;
      }
    }
  }

  /**
   * Refuses a DoRA in a sum. A DoRA scales rows after the sum with the weight, which a sum of
   * updates cannot express.
   */
  private static void refuseDora(List<Share> parts, List<String> problems) {
    parts.stream()
        .filter(part -> part.module().isDora())
        .findFirst()
        .ifPresent(
            part ->
                problems.add(
                    "Cannot merge module "
                        + part.module().name()
                        + ": it is a DoRA in "
                        + part.source().name()
                        + ", which has no sum with another adapter of the same layer; fuse the DoRA"
                        + " into the base model first (merge --base), then use the others on"
                        + " that"));
  }

  /**
   * The number of values of a row of A, which is the same for a 1 x 1 convolution and a linear
   * layer.
   */
  private static long inputs(AdaptedModule module) {
    return module.down().length / module.rank();
  }

  private static String shapes(AdaptedModule module) {
    return Arrays.toString(module.downShape()) + " and " + Arrays.toString(module.upShape());
  }

  private static List<LearnedToken> tokens(List<Part> parts, List<String> problems) {
    Map<String, String> owners = new TreeMap<>();
    List<LearnedToken> tokens = new ArrayList<>();
    for (Part part : parts) {
      for (LearnedToken token : part.adapter().tokens()) {
        String owner = owners.putIfAbsent(token.encoder() + " " + token.token(), part.name());
        if (owner == null) {
          tokens.add(token);
        } else {
          problems.add(
              "Cannot merge learned token "
                  + token.token()
                  + ": both "
                  + owner
                  + " and "
                  + part.name()
                  + " have it; leave one of them out");
        }
      }
    }
    return tokens;
  }

  private static Map<String, String> commonMetadata(List<Part> parts) {
    Map<String, String> common = new TreeMap<>(parts.get(0).adapter().metadata());
    common.keySet().retainAll(BASE_MODEL);
    parts.forEach(part -> common.entrySet().retainAll(part.adapter().metadata().entrySet()));
    return common;
  }

  /**
   * Adds the parts of a module. If all parts have the same scale, the sum keeps that scale, and no
   * value is rounded. Otherwise each scale is multiplied into its B, and alpha equals the rank.
   */
  private static AdaptedModule sum(List<Share> parts) {
    AdaptedModule first = parts.get(0).module();
    int rank = parts.stream().mapToInt(part -> part.module().rank()).sum();
    int inputs = Math.toIntExact(inputs(first));
    int outputs = Math.toIntExact(first.upShape()[0]);
    double common = parts.get(0).factor();
    boolean shared = common > 0 && parts.stream().allMatch(part -> part.factor() == common);
    float[] down = new float[Math.multiplyExact(rank, inputs)];
    float[] up = new float[Math.multiplyExact(outputs, rank)];
    int offset = 0;
    for (Share part : parts) {
      AdaptedModule module = part.module();
      int width = module.rank();
      float[] ofModule = module.up();
      System.arraycopy(module.down(), 0, down, offset * inputs, width * inputs);
      for (int row = 0; row < outputs; row++) {
        for (int column = 0; column < width; column++) {
          float value = ofModule[row * width + column];
          up[row * rank + offset + column] = shared ? value : (float) (value * part.factor());
        }
      }
      offset += width;
    }
    AdaptedModule sum = first.withFactors(rank, down, up, shared ? common * rank : rank);
    return first.magnitude().map(sum::withMagnitude).orElse(sum);
  }
}
