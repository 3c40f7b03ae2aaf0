package org.sparklora.lora.key;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.sparklora.lora.AdaptedModule;

/**
 * The UNet of Stable Diffusion 1.x and 2.x, for files that number its modules instead of naming
 * them: four resolutions of 320, 640, 1280 and 1280 channels, two layers each, transformers of one
 * block at all but the coarsest. The two versions differ in the width of the text that they attend
 * to.
 */
public final class StableDiffusionLayout {
  private static final int[] CHANNELS = {320, 640, 1280, 1280};
  private static final int LAYERS = 2;
  private static final int TIME_EMBEDDING = 1280;

  /** Any width, for the text and for a resnet's input. */
  private static final long ANY = -1;

  /** A class of modules in which cloneofsimo/lora adapts every layer, by the tool's name. */
  public enum Group {
    ATTENTION,
    GEGLU,
    RESNET
  }

  /** A layer of {@code in} to {@code out} channels. */
  public record Layer(Group group, String name, long in, long out) {
    public boolean fits(long[] down, long[] up) {
      return (in == ANY || down[1] == in) && up[0] == out;
    }
  }

  private StableDiffusionLayout() {}

  /** Returns the layers in these groups, in no particular order. */
  public static List<Layer> unet(Set<Group> groups) {
    List<Layer> layers = new ArrayList<>();
    for (int i = 0; i < CHANNELS.length; i++) {
      boolean coarsest = i == CHANNELS.length - 1;
      int mirrored = CHANNELS.length - 1 - i;
      addBlock(layers, "down_blocks." + i, CHANNELS[i], LAYERS, coarsest ? 0 : LAYERS);
      addBlock(layers, "up_blocks." + mirrored, CHANNELS[i], LAYERS + 1, coarsest ? 0 : LAYERS + 1);
    }
    addBlock(layers, "mid_block", CHANNELS[CHANNELS.length - 1], 2, 1);
    return layers.stream().filter(layer -> groups.contains(layer.group())).toList();
  }

  /** Whether the module is a layer of this UNet, as far as its name and shape tell. */
  public static boolean has(AdaptedModule module) {
    return unet(Set.of(Group.values())).stream()
        .anyMatch(
            layer ->
                layer.name().equals(module.name())
                    && layer.fits(module.downShape(), module.upShape()));
  }

  private static void addBlock(
      List<Layer> layers, String block, int channels, int resnets, int attentions) {
    for (int i = 0; i < resnets; i++) {
      String resnet = block + ".resnets." + i;
      layers.add(new Layer(Group.RESNET, resnet + ".conv1", ANY, channels));
      layers.add(new Layer(Group.RESNET, resnet + ".time_emb_proj", TIME_EMBEDDING, channels));
      layers.add(new Layer(Group.RESNET, resnet + ".conv2", channels, channels));
      if (changesChannels(block, i)) {
        layers.add(new Layer(Group.RESNET, resnet + ".conv_shortcut", ANY, channels));
      }
    }
    for (int i = 0; i < attentions; i++) {
      String transformer = block + ".attentions." + i + ".transformer_blocks.0";
      for (String projection : List.of("to_q", "to_k", "to_v", "to_out.0")) {
        boolean ofText = projection.equals("to_k") || projection.equals("to_v");
        layers.add(
            new Layer(Group.ATTENTION, transformer + ".attn1." + projection, channels, channels));
        layers.add(
            new Layer(
                Group.ATTENTION,
                transformer + ".attn2." + projection,
                ofText ? ANY : channels,
                channels));
      }
      layers.add(new Layer(Group.GEGLU, transformer + ".ff.net.0.proj", channels, 8L * channels));
    }
  }

  /**
   * Whether a resnet changes the number of channels. Up blocks also take the channels of the skip
   * connection, down blocks those of the block before.
   */
  private static boolean changesChannels(String block, int resnet) {
    return block.startsWith("up_blocks")
        || (resnet == 0 && (block.equals("down_blocks.1") || block.equals("down_blocks.2")));
  }
}
