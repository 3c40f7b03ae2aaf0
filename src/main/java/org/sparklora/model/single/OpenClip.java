package org.sparklora.model.single;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.sparklora.model.file.TensorInfo;
import org.sparklora.model.file.TensorView;

/**
 * OpenCLIP's text encoder, as SD 2.x and SDXL files hold it: query, key and value in one matrix,
 * and the projection transposed.
 *
 * @param layers how many of its layers are read
 * @param projects whether the projection is read, too
 */
record OpenClip(OriginalTensors tensors, int layers, boolean projects) {
  static final Map<String, String> LAYER =
      Map.of(
          "ln_1", "layer_norm1",
          "ln_2", "layer_norm2",
          "attn.out_proj", "self_attn.out_proj",
          "mlp.c_fc", "mlp.fc1",
          "mlp.c_proj", "mlp.fc2");

  static final List<String> FUSED = List.of("q_proj", "k_proj", "v_proj");

  private static final String LAYERS = "transformer.resblocks.";
  private static final String PROJECTION = "text_projection";

  /** The layers of SD 2.x's published text encoder that take part in its text. */
  private static final int OF_SD2 = 23;

  /** All layers and the projection, as SDXL reads them. */
  static OpenClip ofXl(OriginalTensors tensors) {
    return new OpenClip(tensors, tensors.count(LAYERS), true);
  }

  /**
   * The layers that SD 2.x reads. Its text is the output of the last layer but one, so the last of
   * 24 is not read, and files that were made from a folder do not have it. A smaller model has that
   * layer if it also has the projection, which only follows the last layer.
   */
  static OpenClip ofSd2(OriginalTensors tensors) {
    int all = tensors.count(LAYERS);
    boolean hasLast = all > OF_SD2 || (all < OF_SD2 && tensors.hasTensor(PROJECTION));
    return new OpenClip(tensors, Math.min(OF_SD2, hasLast ? all - 1 : all), false);
  }

  /** The beginning of the names of the first layer that is not read. */
  String firstUnread() {
    return LAYERS + layers + ".";
  }

  /** Returns the tensors under transformers' names. */
  List<TensorView> views() {
    List<TensorView> views = new ArrayList<>();
    views.addAll(
        tensors.moved("token_embedding.weight", "text_model.embeddings.token_embedding.weight"));
    views.addAll(
        tensors.moved("positional_embedding", "text_model.embeddings.position_embedding.weight"));
    views.addAll(tensors.moved("ln_final.", "text_model.final_layer_norm."));
    for (int i = 0; i < layers; i++) {
      String original = LAYERS + i + ".";
      String name = "text_model.encoder.layers." + i + ".";
      LAYER.forEach(
          (from, to) -> views.addAll(tensors.moved(original + from + ".", name + to + ".")));
      fused(views, original + "attn.in_proj_weight", name + "self_attn.", ".weight");
      fused(views, original + "attn.in_proj_bias", name + "self_attn.", ".bias");
    }
    TensorInfo projection = tensors.get(PROJECTION);
    if (projects && projection != null) {
      views.add(TensorView.transposed(projection, PROJECTION + ".weight"));
    }
    if (projects) {
      views.addAll(tensors.moved(PROJECTION + ".weight", PROJECTION + ".weight"));
    }
    return views;
  }

  private void fused(List<TensorView> views, String original, String name, String ending) {
    TensorInfo all = tensors.get(original);
    if (all == null) {
      return;
    }
    long rows = all.shape()[0] / FUSED.size();
    for (int part = 0; part < FUSED.size(); part++) {
      views.add(TensorView.rows(all, name + FUSED.get(part) + ending, part * rows, rows));
    }
  }
}
