package org.sparklora.model;

import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The original names of diffusers' tensors, by counting blocks: the way that diffusers' conversion
 * scripts go, and the opposite of how files are read here.
 *
 * @param layers {@code layers_per_block} of the UNet
 * @param vaeResolutions of the autoencoder
 * @param xl whether it is SDXL
 */
record OriginalNames(int layers, int vaeResolutions, boolean xl) {
  private static final Pattern BLOCK =
      Pattern.compile("(down|up)_blocks\\.(\\d+)\\.(\\w+)\\.(\\d+)\\.(.+)");
  private static final Pattern VAE_BLOCK =
      Pattern.compile("(encoder|decoder)\\.(?:down|up)_blocks\\.(\\d+)\\.(\\w+)\\.(\\d+)\\.(.+)");

  private static final Map<String, String> RESNET =
      Map.of(
          "norm1", "in_layers.0",
          "conv1", "in_layers.2",
          "time_emb_proj", "emb_layers.1",
          "norm2", "out_layers.0",
          "conv2", "out_layers.3",
          "conv_shortcut", "skip_connection");

  String unet(String name) {
    String fixed =
        name.replaceFirst("^conv_in\\.", "input_blocks.0.0.")
            .replaceFirst("^time_embedding\\.linear_1\\.", "time_embed.0.")
            .replaceFirst("^time_embedding\\.linear_2\\.", "time_embed.2.")
            .replaceFirst("^add_embedding\\.linear_1\\.", "label_emb.0.0.")
            .replaceFirst("^add_embedding\\.linear_2\\.", "label_emb.0.2.")
            .replaceFirst("^conv_norm_out\\.", "out.0.")
            .replaceFirst("^conv_out\\.", "out.2.")
            .replaceFirst("^mid_block\\.attentions\\.0\\.", "middle_block.1.")
            .replaceFirst("^mid_block\\.resnets\\.0\\.", "middle_block.0.")
            .replaceFirst("^mid_block\\.resnets\\.1\\.", "middle_block.2.");
    if (fixed.startsWith("middle_block.0.") || fixed.startsWith("middle_block.2.")) {
      return fixed.substring(0, 15) + resnet(fixed.substring(15));
    }
    Matcher block = BLOCK.matcher(fixed);
    if (!block.matches()) {
      return fixed;
    }
    int i = Integer.parseInt(block.group(2));
    int j = Integer.parseInt(block.group(4));
    String inner = block.group(5);
    if (block.group(1).equals("down")) {
      int at = 1 + i * (layers + 1);
      return switch (block.group(3)) {
        case "resnets" -> "input_blocks." + (at + j) + ".0." + resnet(inner);
        case "attentions" -> "input_blocks." + (at + j) + ".1." + inner;
        default -> "input_blocks." + (at + layers) + ".0." + inner.replace("conv.", "op.");
      };
    }
    int at = i * (layers + 1);
    return switch (block.group(3)) {
      case "resnets" -> "output_blocks." + (at + j) + ".0." + resnet(inner);
      case "attentions" -> "output_blocks." + (at + j) + ".1." + inner;
      default -> "output_blocks." + (at + layers) + (i == 0 && !xl ? ".1." : ".2.") + inner;
    };
  }

  private static String resnet(String inner) {
    int dot = inner.indexOf('.');
    return RESNET.get(inner.substring(0, dot)) + inner.substring(dot);
  }

  String vae(String name) {
    String fixed =
        name.replace("conv_norm_out", "norm_out")
            .replace("mid_block.resnets.0", "mid.block_1")
            .replace("mid_block.resnets.1", "mid.block_2")
            .replace("mid_block.attentions.0.group_norm", "mid.attn_1.norm")
            .replace("mid_block.attentions.0.to_q", "mid.attn_1.q")
            .replace("mid_block.attentions.0.to_k", "mid.attn_1.k")
            .replace("mid_block.attentions.0.to_v", "mid.attn_1.v")
            .replace("mid_block.attentions.0.to_out.0", "mid.attn_1.proj_out")
            .replace("conv_shortcut", "nin_shortcut");
    Matcher block = VAE_BLOCK.matcher(fixed);
    if (!block.matches()) {
      return fixed;
    }
    boolean encoder = block.group(1).equals("encoder");
    int i = Integer.parseInt(block.group(2));
    String place =
        encoder ? "encoder.down." + i + "." : "decoder.up." + (vaeResolutions - 1 - i) + ".";
    return block.group(3).equals("resnets")
        ? place + "block." + block.group(4) + "." + block.group(5)
        : place + (encoder ? "downsample." : "upsample.") + block.group(5);
  }

  /** The names of OpenCLIP, but for what it fuses or transposes. */
  static Map<String, String> openClip(int layers) {
    Map<String, String> names = new TreeMap<>();
    names.put("text_model.embeddings.token_embedding.weight", "token_embedding.weight");
    names.put("text_model.embeddings.position_embedding.weight", "positional_embedding");
    for (String part : new String[] {"weight", "bias"}) {
      names.put("text_model.final_layer_norm." + part, "ln_final." + part);
      for (int i = 0; i < layers; i++) {
        String to = "transformer.resblocks." + i + ".";
        String from = "text_model.encoder.layers." + i + ".";
        names.put(from + "layer_norm1." + part, to + "ln_1." + part);
        names.put(from + "layer_norm2." + part, to + "ln_2." + part);
        names.put(from + "self_attn.out_proj." + part, to + "attn.out_proj." + part);
        names.put(from + "mlp.fc1." + part, to + "mlp.c_fc." + part);
        names.put(from + "mlp.fc2." + part, to + "mlp.c_proj." + part);
      }
    }
    return names;
  }
}
