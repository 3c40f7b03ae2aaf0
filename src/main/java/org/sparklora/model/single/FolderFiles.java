package org.sparklora.model.single;

import static org.sparklora.util.Json.JSON;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The small files of a folder in diffusers' layout, made from the shapes in a file and from
 * contents that all models of a family share.
 */
final class FolderFiles {
  static final int SD2_TEXT_WIDTH = 1024;

  /** The training steps of Stable Diffusion 2's base model for 512 pixels, which predicts noise. */
  static final String BASE_STEPS = "875000";

  private static final int HEAD_WIDTH = 64;
  private static final int SD1_HEADS = 8;

  private final boolean xl;
  private final Map<String, byte[]> files = new TreeMap<>();
  private final ObjectNode index = JSON.createObjectNode();

  FolderFiles(boolean xl) {
    this.xl = xl;
    index.put("_class_name", xl ? "StableDiffusionXLPipeline" : "StableDiffusionPipeline");
    if (xl) {
      index.put("force_zeros_for_empty_prompt", true);
    }
  }

  Map<String, byte[]> files() {
    put("model_index.json", index);
    return files;
  }

  void unet(OriginalUNet unet) {
    OriginalTensors tensors = unet.tensors();
    boolean linear = unet.projectsLinearly();
    ObjectNode json = JSON.createObjectNode();
    json.put("_class_name", "UNet2DConditionModel");
    json.put("sample_size", xl ? 128 : unet.textWidth() == SD2_TEXT_WIDTH ? 96 : 64);
    json.put("in_channels", tensors.size("input_blocks.0.0.weight", 1));
    json.put("out_channels", tensors.size("out.2.weight", 0));
    List<Integer> channels = unet.channels();
    add(json.putArray("block_out_channels"), channels);
    json.put("layers_per_block", unet.down().get(0).layers().size());
    List<String> down = new ArrayList<>();
    List<String> up = new ArrayList<>();
    for (OriginalUNet.Stage stage : unet.down()) {
      boolean attends = unet.hasAttention(stage.layers().get(0));
      down.add(attends ? "CrossAttnDownBlock2D" : "DownBlock2D");
      up.add(attends ? "CrossAttnUpBlock2D" : "UpBlock2D");
    }
    Collections.reverse(up);
    down.forEach(json.putArray("down_block_types")::add);
    up.forEach(json.putArray("up_block_types")::add);
    json.put("mid_block_type", "UNetMidBlock2DCrossAttn");
    json.put("cross_attention_dim", unet.textWidth());
    json.put("use_linear_projection", linear);
    if (!xl && unet.textWidth() == SD2_TEXT_WIDTH) {
      json.put("upcast_attention", true);
    }
    add(json.putArray("transformer_layers_per_block"), unet.depths());
    if (linear) {
      add(
          json.putArray("attention_head_dim"),
          channels.stream().map(c -> Math.max(1, c / HEAD_WIDTH)).toList());
    } else {
      json.put("attention_head_dim", SD1_HEADS);
    }
    if (xl) {
      json.put("addition_embed_type", "text_time");
      json.put("addition_time_embed_dim", 256);
      json.put("projection_class_embeddings_input_dim", tensors.size("label_emb.0.0.weight", 1));
    }
    put("unet/config.json", json);
    index("unet", "diffusers", "UNet2DConditionModel");
  }

  void vae(OriginalVae vae) {
    ObjectNode json = JSON.createObjectNode();
    json.put("_class_name", "AutoencoderKL");
    add(json.putArray("block_out_channels"), vae.channels());
    ArrayNode down = json.putArray("down_block_types");
    ArrayNode up = json.putArray("up_block_types");
    for (int i = 0; i < vae.resolutions(); i++) {
      down.add("DownEncoderBlock2D");
      up.add("UpDecoderBlock2D");
    }
    json.put("in_channels", vae.pictureChannels());
    json.put("out_channels", vae.pictureChannels());
    json.put("latent_channels", vae.latentChannels());
    json.put("layers_per_block", vae.layersPerBlock());
    json.put("norm_num_groups", 32);
    json.put("sample_size", xl ? 1024 : 512);
    json.put("scaling_factor", xl ? 0.13025 : 0.18215);
    json.put("use_quant_conv", vae.hasQuantConv());
    json.put("use_post_quant_conv", vae.hasQuantConv());
    if (xl) {
      json.put("force_upcast", true);
    }
    put("vae/config.json", json);
    index("vae", "diffusers", "AutoencoderKL");
  }

  /** CLIP ViT-L as OpenAI made it. */
  void clip(String component, String tokenizer, OriginalTensors clip) {
    String text = clip.has("text_model.") ? "text_model." : "";
    String mlp = text + "encoder.layers.0.mlp.fc1.weight";
    ObjectNode json =
        text(
            clip.size(text + "embeddings.token_embedding.weight", 0),
            clip.size(text + "embeddings.token_embedding.weight", 1),
            clip.size(mlp, 0),
            clip.count(text + "encoder.layers."),
            clip.size(text + "embeddings.position_embedding.weight", 0));
    json.put("hidden_act", "quick_gelu");
    put(component + "/config.json", json);
    index(component, "transformers", "CLIPTextModel");
    tokenizer(tokenizer, "<|endoftext|>");
  }

  void openClip(String component, String tokenizer, OpenClip clip) {
    OriginalTensors tensors = clip.tensors();
    ObjectNode json =
        text(
            tensors.size("token_embedding.weight", 0),
            tensors.size("token_embedding.weight", 1),
            tensors.size("transformer.resblocks.0.mlp.c_fc.weight", 0),
            clip.layers(),
            tensors.size("positional_embedding", 0));
    json.put("hidden_act", "gelu");
    if (clip.projects()) {
      json.put("projection_dim", tensors.size("text_projection", 1));
    }
    put(component + "/config.json", json);
    index(
        component,
        "transformers",
        clip.projects() ? "CLIPTextModelWithProjection" : "CLIPTextModel");
    tokenizer(tokenizer, "!");
  }

  private static ObjectNode text(int words, int width, int inner, int layers, int positions) {
    ObjectNode json = JSON.createObjectNode();
    json.put("model_type", "clip_text_model");
    json.put("vocab_size", words);
    json.put("hidden_size", width);
    json.put("intermediate_size", inner);
    json.put("num_hidden_layers", layers);
    json.put("num_attention_heads", Math.max(1, width / HEAD_WIDTH));
    json.put("max_position_embeddings", positions);
    json.put("layer_norm_eps", 1e-5);
    json.put("bos_token_id", 0);
    json.put("eos_token_id", 2);
    return json;
  }

  void scheduler(String predictionType, boolean zeroTerminalSnr) {
    ObjectNode json = JSON.createObjectNode();
    String name = xl ? "EulerDiscreteScheduler" : "DDIMScheduler";
    json.put("_class_name", name);
    json.put("num_train_timesteps", 1000);
    json.put("beta_start", 0.00085);
    json.put("beta_end", 0.012);
    json.put("beta_schedule", "scaled_linear");
    json.put("prediction_type", predictionType);
    json.put("steps_offset", 1);
    json.put("timestep_spacing", "leading");
    if (!xl) {
      json.put("clip_sample", false);
      json.put("set_alpha_to_one", false);
    }
    if (zeroTerminalSnr) {
      json.put("rescale_betas_zero_snr", true);
      json.put("timestep_spacing", "trailing");
    }
    put("scheduler/scheduler_config.json", json);
    index("scheduler", "diffusers", name);
  }

  /** Adds the tokenizer's files. CLIP's vocabulary is the same in all models. */
  private void tokenizer(String folder, String padding) {
    ObjectNode json = JSON.createObjectNode();
    json.put("tokenizer_class", "CLIPTokenizer");
    json.put("bos_token", "<|startoftext|>");
    json.put("eos_token", "<|endoftext|>");
    json.put("unk_token", "<|endoftext|>");
    json.put("pad_token", padding);
    json.put("model_max_length", 77);
    put(folder + "/tokenizer_config.json", json);
    files.put(folder + "/vocab.json", resource("vocab.json"));
    files.put(folder + "/merges.txt", resource("merges.txt"));
    index(folder, "transformers", "CLIPTokenizer");
  }

  private static byte[] resource(String name) {
    try (InputStream in =
        FolderFiles.class.getResourceAsStream("/org/sparklora/model/clip/" + name)) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void index(String component, String library, String className) {
    index.putArray(component).add(library).add(className);
  }

  private static void add(ArrayNode array, List<Integer> values) {
    values.forEach(array::add);
  }

  private void put(String name, ObjectNode json) {
    try {
      files.put(name, JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(json));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a JSON tree can be written", e);
    }
  }
}
