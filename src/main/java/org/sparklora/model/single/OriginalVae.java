package org.sparklora.model.single;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.sparklora.model.file.TensorInfo;
import org.sparklora.model.file.TensorView;

/** The autoencoder in its original names. There its attention consists of 1 x 1 convolutions. */
final class OriginalVae {
  static final Map<String, String> ATTENTION =
      Map.of("norm", "group_norm", "q", "to_q", "k", "to_k", "v", "to_v", "proj_out", "to_out.0");

  private final OriginalTensors tensors;

  OriginalVae(OriginalTensors tensors) {
    this.tensors = tensors;
  }

  /** How many resolutions there are. */
  int resolutions() {
    return tensors.count("encoder.down.");
  }

  int layersPerBlock() {
    return tensors.count("encoder.down.0.block.");
  }

  /** {@code block_out_channels}. */
  List<Integer> channels() {
    List<Integer> channels = new ArrayList<>();
    for (int i = 0; i < resolutions(); i++) {
      channels.add(tensors.size("encoder.down." + i + ".block.0.conv1.weight", 0));
    }
    return channels;
  }

  int latentChannels() {
    return tensors.size("decoder.conv_in.weight", 1);
  }

  int pictureChannels() {
    return tensors.size("encoder.conv_in.weight", 1);
  }

  boolean hasQuantConv() {
    return tensors.has("quant_conv.");
  }

  /** Returns the tensors under diffusers' names. */
  List<TensorView> views() {
    Map<String, String> moves = new LinkedHashMap<>();
    moves.put("quant_conv.", "quant_conv.");
    moves.put("post_quant_conv.", "post_quant_conv.");
    for (String half : List.of("encoder", "decoder")) {
      for (String same : List.of("conv_in.", "conv_out.")) {
        moves.put(half + "." + same, half + "." + same);
      }
      moves.put(half + ".norm_out.", half + ".conv_norm_out.");
      moves.put(half + ".mid.block_1.", half + ".mid_block.resnets.0.");
      moves.put(half + ".mid.block_2.", half + ".mid_block.resnets.1.");
    }
    int last = resolutions() - 1;
    for (int i = 0; i <= last; i++) {
      String down = "encoder.down." + i + ".";
      String up = "decoder.up." + i + ".";
      String downBlock = "encoder.down_blocks." + i + ".";
      String upBlock = "decoder.up_blocks." + (last - i) + ".";
      for (int j = 0; j < tensors.count(down + "block."); j++) {
        moves.put(down + "block." + j + ".", downBlock + "resnets." + j + ".");
      }
      for (int j = 0; j < tensors.count(up + "block."); j++) {
        moves.put(up + "block." + j + ".", upBlock + "resnets." + j + ".");
      }
      moves.put(down + "downsample.conv.", downBlock + "downsamplers.0.conv.");
      moves.put(up + "upsample.conv.", upBlock + "upsamplers.0.conv.");
    }
    List<TensorView> views = new ArrayList<>();
    moves.forEach(
        (from, to) ->
            tensors
                .moved(from, to)
                .forEach(view -> views.add(named(view, shortcut(view.info().name())))));
    attention(views, "encoder");
    attention(views, "decoder");
    return views;
  }

  private static String shortcut(String name) {
    return name.replace(".nin_shortcut.", ".conv_shortcut.");
  }

  private static TensorView named(TensorView view, String name) {
    TensorInfo info = new TensorInfo(name, view.info().type(), view.info().shape());
    return new TensorView(view.original(), view.firstRow(), view.transposed(), info);
  }

  private void attention(List<TensorView> views, String half) {
    ATTENTION.forEach(
        (from, to) -> {
          String original = half + ".mid.attn_1." + from;
          String name = half + ".mid_block.attentions.0." + to;
          TensorInfo weight = tensors.get(original + ".weight");
          if (weight != null) {
            long[] shape = weight.shape();
            views.add(
                shape.length == 4
                    ? TensorView.reshaped(weight, name + ".weight", shape[0], shape[1])
                    : TensorView.renamed(weight, name + ".weight"));
          }
          views.addAll(tensors.moved(original + ".bias", name + ".bias"));
        });
  }
}
