package org.sparklora.model.single;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.sparklora.model.file.TensorView;

/**
 * The UNet in its original names, {@code input_blocks.4.1...}: blocks are numbered consecutively,
 * and a block's layers show whether a resolution ends with it.
 */
final class OriginalUNet {
  static final Map<String, String> RESNET =
      Map.of(
          "in_layers.0", "norm1",
          "in_layers.2", "conv1",
          "emb_layers.1", "time_emb_proj",
          "out_layers.0", "norm2",
          "out_layers.3", "conv2",
          "skip_connection", "conv_shortcut");

  static final Map<String, String> OUTSIDE =
      Map.of(
          "input_blocks.0.0", "conv_in",
          "time_embed.0", "time_embedding.linear_1",
          "time_embed.2", "time_embedding.linear_2",
          "label_emb.0.0", "add_embedding.linear_1",
          "label_emb.0.2", "add_embedding.linear_2",
          "out.0", "conv_norm_out",
          "out.2", "conv_out");

  private final OriginalTensors tensors;
  private final List<Stage> down = new ArrayList<>();
  private final List<Stage> up = new ArrayList<>();

  /** One resolution: the original blocks of its layers, and what follows them. */
  record Stage(List<String> layers, List<String> sampler) {
    Stage() {
      this(new ArrayList<>(), new ArrayList<>());
    }
  }

  OriginalUNet(OriginalTensors tensors) {
    this.tensors = tensors;
    Stage stage = new Stage();
    for (int n = 1; tensors.has("input_blocks." + n + "."); n++) {
      String block = "input_blocks." + n + ".";
      if (tensors.has(block + "0.op.")) {
        stage.sampler().add(block + "0.op.");
        down.add(stage);
        stage = new Stage();
      } else {
        stage.layers().add(block);
      }
    }
    down.add(stage);
    stage = new Stage();
    for (int n = 0; tensors.has("output_blocks." + n + "."); n++) {
      String block = "output_blocks." + n + ".";
      stage.layers().add(block);
      for (String part : List.of("1.conv.", "2.conv.")) {
        if (tensors.has(block + part)) {
          stage.sampler().add(block + part);
        }
      }
      if (!stage.sampler().isEmpty()) {
        up.add(stage);
        stage = new Stage();
      }
    }
    up.add(stage);
  }

  OriginalTensors tensors() {
    return tensors;
  }

  /** The stages of the down blocks, from the finest resolution to the coarsest. */
  List<Stage> down() {
    return down;
  }

  /** {@code block_out_channels}. */
  List<Integer> channels() {
    return down.stream()
        .map(stage -> tensors.size(stage.layers().get(0) + "0.in_layers.2.weight", 0))
        .toList();
  }

  /** The number of blocks of the transformers at each resolution; 1 if there is no transformer. */
  List<Integer> depths() {
    return down.stream()
        .map(stage -> Math.max(1, tensors.count(stage.layers().get(0) + "1.transformer_blocks.")))
        .toList();
  }

  /** Width of the text that is attended to. */
  int textWidth() {
    return tensors.size("middle_block.1.transformer_blocks.0.attn2.to_k.weight", 1);
  }

  /** Whether transformers begin and end with linear layers, not with convolutions. */
  boolean projectsLinearly() {
    return tensors.dimensions("middle_block.1.proj_in.weight") == 2;
  }

  boolean hasAttention(String block) {
    return tensors.has(block + "1.transformer_blocks.");
  }

  /** Returns the tensors under diffusers' names. */
  List<TensorView> views() {
    List<TensorView> views = new ArrayList<>();
    OUTSIDE.forEach((from, to) -> views.addAll(tensors.moved(from + ".", to + ".")));
    for (int i = 0; i < down.size(); i++) {
      add(views, down.get(i), "down_blocks." + i + ".", "downsamplers.0.conv.");
    }
    for (int i = 0; i < up.size(); i++) {
      add(views, up.get(i), "up_blocks." + i + ".", "upsamplers.0.conv.");
    }
    resnet(views, "middle_block.0.", "mid_block.resnets.0.");
    views.addAll(tensors.moved("middle_block.1.", "mid_block.attentions.0."));
    resnet(views, "middle_block.2.", "mid_block.resnets.1.");
    return views;
  }

  private void add(List<TensorView> views, Stage stage, String block, String sampler) {
    for (int layer = 0; layer < stage.layers().size(); layer++) {
      String original = stage.layers().get(layer);
      resnet(views, original + "0.", block + "resnets." + layer + ".");
      if (hasAttention(original)) {
        views.addAll(tensors.moved(original + "1.", block + "attentions." + layer + "."));
      }
    }
    stage.sampler().forEach(original -> views.addAll(tensors.moved(original, block + sampler)));
  }

  private void resnet(List<TensorView> views, String original, String name) {
    RESNET.forEach(
        (from, to) -> views.addAll(tensors.moved(original + from + ".", name + to + ".")));
  }
}
