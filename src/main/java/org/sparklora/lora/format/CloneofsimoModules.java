package org.sparklora.lora.format;

import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.sparklora.lora.AdaptedModule;
import org.sparklora.lora.key.CloneofsimoOrder;
import org.sparklora.lora.key.StableDiffusionLayout;
import org.sparklora.lora.key.StableDiffusionLayout.Group;
import org.sparklora.lora.key.StableDiffusionLayout.Layer;
import org.sparklora.model.Network;

/** Finds the module of a network for each number of a cloneofsimo/lora list. */
final class CloneofsimoModules {
  private static final List<String> CLIP_ATTENTION =
      List.of("self_attn.k_proj", "self_attn.v_proj", "self_attn.q_proj", "self_attn.out_proj");

  private static final String CLIP_LAYERS = "text_model.encoder.layers.";

  /**
   * The shapes of one entry of a list.
   *
   * @param down {@code r x in}
   * @param up {@code out x r}
   */
  record Shapes(long[] down, long[] up) {}

  private CloneofsimoModules() {}

  /**
   * The UNet's modules by number.
   *
   * @param groups of modules that the list says it adapts
   * @return empty when number and shapes are not those of Stable Diffusion's UNet
   */
  static Optional<List<String>> unet(Set<Group> groups, List<Shapes> shapes) {
    for (boolean feedForwardLast : new boolean[] {false, true}) {
      List<Layer> layers = ordered(groups, feedForwardLast);
      boolean fit =
          layers.size() == shapes.size()
              && IntStream.range(0, layers.size())
                  .allMatch(i -> layers.get(i).fits(shapes.get(i).down(), shapes.get(i).up()));
      if (fit) {
        return Optional.of(layers.stream().map(Layer::name).toList());
      }
    }
    return Optional.empty();
  }

  private static List<Layer> ordered(Set<Group> groups, boolean feedForwardLast) {
    CloneofsimoOrder order = new CloneofsimoOrder(feedForwardLast);
    return StableDiffusionLayout.unet(groups).stream()
        .sorted((a, b) -> order.compare(a.name(), b.name()))
        .toList();
  }

  /** CLIP's attention projections by number. The list's length tells the number of layers. */
  static Optional<List<String>> textEncoder(List<Shapes> shapes) {
    int projections = CLIP_ATTENTION.size();
    boolean square =
        shapes.stream().allMatch(s -> s.down()[1] == s.up()[0] && s.down()[1] == width(shapes));
    if (shapes.isEmpty() || shapes.size() % projections != 0 || !square) {
      return Optional.empty();
    }
    return Optional.of(
        IntStream.range(0, shapes.size())
            .mapToObj(
                i -> CLIP_LAYERS + i / projections + "." + CLIP_ATTENTION.get(i % projections))
            .toList());
  }

  private static long width(List<Shapes> shapes) {
    return shapes.get(0).down()[1];
  }

  /** The group of a module; empty if the tool cannot reach the module. */
  static Optional<Group> group(String module) {
    if (module.matches(".*\\.attn[12]\\.to_([qkv]|out\\.0)")) {
      return Optional.of(Group.ATTENTION);
    }
    if (module.endsWith(".ff.net.0.proj")) {
      return Optional.of(Group.GEGLU);
    }
    return module.matches(".*\\.resnets\\.\\d+\\.(conv1|time_emb_proj|conv2|conv_shortcut)")
        ? Optional.of(Group.RESNET)
        : Optional.empty();
  }

  private static int layer(String module) {
    return Integer.parseInt(module.substring(CLIP_LAYERS.length()).replaceFirst("\\..*", ""));
  }

  static Set<Group> groups(List<AdaptedModule> modules) {
    Set<Group> groups = EnumSet.noneOf(Group.class);
    modules.forEach(module -> group(module.name()).ifPresent(groups::add));
    return groups;
  }

  /**
   * Returns all modules that the tool would adapt along with these, because it cannot choose single
   * modules. For a UNet of another layout than Stable Diffusion's, these are the modules of the
   * adapted transformer blocks.
   */
  static Set<String> companions(Network network, List<AdaptedModule> modules) {
    Set<String> names = new TreeSet<>();
    if (network == Network.TEXT_ENCODER) {
      int layers = modules.stream().mapToInt(module -> layer(module.name()) + 1).max().orElse(0);
      for (int i = 0; i < layers; i++) {
        String layer = CLIP_LAYERS + i + ".";
        CLIP_ATTENTION.forEach(projection -> names.add(layer + projection));
      }
      return names;
    }
    Set<Group> groups = groups(modules);
    if (modules.stream().allMatch(StableDiffusionLayout::has)) {
      StableDiffusionLayout.unet(groups).forEach(layer -> names.add(layer.name()));
      return names;
    }
    for (AdaptedModule module : modules) {
      if (group(module.name()).filter(Group.RESNET::equals).isPresent()) {
        names.add(module.name());
        continue;
      }
      String block = module.name().replaceFirst("\\.(attn[12]|ff)\\..*", "");
      for (String attention : List.of(".attn1.", ".attn2.")) {
        List.of("to_q", "to_k", "to_v", "to_out.0")
            .forEach(projection -> names.add(block + attention + projection));
      }
      if (groups.contains(Group.GEGLU)) {
        names.add(block + ".ff.net.0.proj");
      }
    }
    return names;
  }
}
