package org.sparklora.model.single;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.sparklora.model.file.TensorInfo;
import org.sparklora.util.InvalidInputException;

/**
 * A folder's tensors under the names that Stable Diffusion 1.x, 2.x and XL have in one file: the
 * opposite of {@link SingleFile}. A file of SD 2.x gets the layers of the folder's text encoder,
 * without the unread last one of the published files; diffusers' own script writes it so, too.
 */
public final class OriginalModel {
  private static final String CLIP = "text_model.";
  private static final Pattern CLIP_LAYER =
      Pattern.compile("text_model\\.encoder\\.layers\\.(\\d+)\\.(.+)\\.(weight|bias)");
  private static final Map<String, String> OPEN_CLIP =
      Map.of(
          "text_model.embeddings.token_embedding.weight", "token_embedding.weight",
          "text_model.embeddings.position_embedding.weight", "positional_embedding",
          "text_model.final_layer_norm.weight", "ln_final.weight",
          "text_model.final_layer_norm.bias", "ln_final.bias");

  private final String source;
  private final List<OriginalTensor> tensors = new ArrayList<>();

  /**
   * @param source the folder, for messages
   */
  private OriginalModel(String source) {
    this.source = source;
  }

  /**
   * Finds the original names.
   *
   * @param components each network's tensors by name, by its folder
   * @param sd2 whether the text encoder is OpenCLIP's, as in SD 2.x
   * @throws InvalidInputException (DATA) for a network that one file has no names for
   */
  public static OriginalModel of(
      String source, Map<String, Map<String, TensorInfo>> components, boolean sd2) {
    OriginalModel model = new OriginalModel(source);
    boolean xl = components.containsKey("text_encoder_2");
    Map<String, TensorInfo> unet = components.get("unet");
    OriginalPrefixes names = OriginalPrefixes.ofUNet(unet.keySet());
    unet.values().forEach(tensor -> model.add("unet", SingleFile.UNET, names, tensor));
    model.vae(components.get("vae"));
    if (sd2) {
      model.openClip("text_encoder", SingleFile.CLIP_OF_SD2, components.get("text_encoder"));
    } else {
      model.clip(components.get("text_encoder"), xl);
    }
    if (xl) {
      model.openClip("text_encoder_2", SingleFile.SECOND_OF_XL, components.get("text_encoder_2"));
    }
    return model;
  }

  /** All tensors of the file. */
  public List<OriginalTensor> tensors() {
    return List.copyOf(tensors);
  }

  private void add(String component, String prefix, OriginalPrefixes names, TensorInfo tensor) {
    String original =
        names.original(tensor.name()).orElseThrow(() -> unnamed(component, tensor.name()));
    tensors.add(OriginalTensor.renamed(component, tensor, prefix + original));
  }

  private void vae(Map<String, TensorInfo> stored) {
    Map<String, TensorInfo> current = new TreeMap<>();
    stored.forEach(
        (name, tensor) ->
            current.put(
                name.replaceFirst("(attentions\\.0\\.)query\\.", "$1to_q.")
                    .replaceFirst("(attentions\\.0\\.)key\\.", "$1to_k.")
                    .replaceFirst("(attentions\\.0\\.)value\\.", "$1to_v.")
                    .replaceFirst("(attentions\\.0\\.)proj_attn\\.", "$1to_out.0."),
                tensor));
    OriginalPrefixes names = OriginalPrefixes.ofVae(current.keySet());
    current.forEach(
        (name, tensor) -> {
          String original =
              SingleFile.VAE + names.original(name).orElseThrow(() -> unnamed("vae", name));
          long[] shape = tensor.shape();
          boolean kernel = original.contains(".attn_1.") && shape.length == 2;
          tensors.add(
              kernel
                  ? OriginalTensor.reshaped("vae", tensor, original, shape[0], shape[1], 1, 1)
                  : OriginalTensor.renamed("vae", tensor, original));
        });
  }

  private void clip(Map<String, TensorInfo> stored, boolean xl) {
    stored
        .values()
        .forEach(
            tensor ->
                tensors.add(
                    OriginalTensor.renamed(
                        "text_encoder",
                        tensor,
                        (xl ? SingleFile.FIRST_OF_XL : SingleFile.CLIP_OF_SD1)
                            + clipName(tensor.name()))));
  }

  private static String clipName(String name) {
    return name.startsWith(CLIP) ? name : CLIP + name;
  }

  private void openClip(String encoder, String prefix, Map<String, TensorInfo> stored) {
    Map<String, TensorInfo[]> fused = new TreeMap<>();
    stored.forEach(
        (name, tensor) -> {
          if (name.endsWith("position_ids")) {
            return;
          }
          if (name.equals("text_projection.weight") && encoder.equals("text_encoder_2")) {
            tensors.add(OriginalTensor.transposed(encoder, tensor, prefix + "text_projection"));
            return;
          }
          openClipName(encoder, clipName(name), tensor, fused)
              .ifPresent(
                  original ->
                      tensors.add(OriginalTensor.renamed(encoder, tensor, prefix + original)));
        });
    fused.forEach(
        (name, parts) ->
            tensors.add(OriginalTensor.stacked(encoder, Arrays.asList(parts), prefix + name)));
  }

  /** The name; empty for a query, key or value, which are collected. */
  private Optional<String> openClipName(
      String encoder, String name, TensorInfo tensor, Map<String, TensorInfo[]> fused) {
    String outside = OPEN_CLIP.get(name);
    if (outside != null) {
      return Optional.of(outside);
    }
    Matcher layer = CLIP_LAYER.matcher(name);
    if (!layer.matches()) {
      throw unnamed(encoder, name);
    }
    String block = "transformer.resblocks." + layer.group(1) + ".";
    String inner = layer.group(2);
    String end = layer.group(3);
    int part = OpenClip.FUSED.indexOf(inner.replaceFirst("^self_attn\\.", ""));
    if (part >= 0) {
      fused
              .computeIfAbsent(
                  block + "attn.in_proj_" + end, none -> new TensorInfo[OpenClip.FUSED.size()])[
              part] =
          tensor;
      return Optional.empty();
    }
    return OpenClip.LAYER.entrySet().stream()
        .filter(entry -> entry.getValue().equals(inner))
        .map(entry -> block + entry.getKey() + "." + end)
        .findFirst()
        .or(
            () -> {
              throw unnamed(encoder, name);
            });
  }

  private InvalidInputException unnamed(String component, String tensor) {
    return InvalidInputException.data(
        "Cannot write "
            + source
            + " as one file: it has no name for "
            + tensor
            + " of "
            + component
            + "; write a folder with --output_dir");
  }
}
