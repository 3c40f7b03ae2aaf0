package org.sparklora.lora.combine;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.sparklora.lora.AdaptedModule;
import org.sparklora.lora.Adapter;
import org.sparklora.model.Network;

/** Measures how much an adapter changes each part of the networks. */
public final class BlockNorms {
  private static final Pattern UNET_BLOCK =
      Pattern.compile("(down_blocks\\.\\d+|mid_block|up_blocks\\.\\d+)\\..*");

  /** The order of the forward pass. */
  private static final List<String> UNET_ORDER = List.of("down", "mid", "up");

  private BlockNorms() {}

  /**
   * A part of a network.
   *
   * @param block {@code down_blocks.0}, {@code mid_block}, {@code up_blocks.3}, a layer of the UNet
   *     outside of its blocks, or {@code text_model} of a text encoder
   * @param modules how many of its layers are adapted
   * @param norm the Frobenius norm of all their updates {@code alpha / r * B A} together, without
   *     DoRA's scaling of the rows, which depends on the base model's weight
   */
  public record Block(Network network, String block, int modules, double norm) {}

  /** The norms, in the order of the forward pass. */
  public static List<Block> of(Adapter adapter) {
    Map<String, Block> blocks = new TreeMap<>();
    List<Block> single =
        adapter.modules().parallelStream()
            .map(
                module ->
                    new Block(module.network(), block(module), 1, LowRankUpdate.of(module).norm()))
            .toList();
    for (Block block : single) {
      blocks.merge(block.network() + " " + block.block(), block, BlockNorms::together);
    }
    List<Block> sorted = new ArrayList<>(blocks.values());
    sorted.sort(
        Comparator.comparing(Block::network)
            .reversed()
            .thenComparing(block -> position(block.block()))
            .thenComparing(Block::block));
    return sorted;
  }

  private static Block together(Block one, Block other) {
    return new Block(
        one.network(),
        one.block(),
        one.modules() + other.modules(),
        Math.hypot(one.norm(), other.norm()));
  }

  private static String block(AdaptedModule module) {
    Matcher block = UNET_BLOCK.matcher(module.name());
    if (module.network() == Network.UNET && block.matches()) {
      return block.group(1);
    }
    return module.name().replaceFirst("\\..*", "");
  }

  private static int position(String block) {
    int at = UNET_ORDER.indexOf(block.replaceFirst("_.*", ""));
    return at >= 0 ? at : block.equals("conv_out") ? UNET_ORDER.size() : -1;
  }
}
