package org.sparklora.pipeline.request;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;

/**
 * Conditions that only SDXL takes, as arguments of diffusers' {@code StableDiffusionXLPipeline}.
 * Sizes are height and width in pixels; an empty list takes the default.
 *
 * @param prompt2 {@code --prompt_2}: what the second text encoder reads; empty for the prompt
 * @param negativePrompt2 {@code --negative_prompt_2}, likewise
 * @param originalSize {@code --original_size}; the picture's size by default
 * @param cropTopLeft {@code --crops_coords_top_left}; 0, 0 by default
 * @param targetSize {@code --target_size}; the picture's size by default
 */
public record XlConditions(
    String prompt2,
    String negativePrompt2,
    ArrayList<Integer> originalSize,
    ArrayList<Integer> cropTopLeft,
    ArrayList<Integer> targetSize)
    implements Serializable {
  /** Every default. */
  public static final XlConditions NONE = of("", "", List.of(), List.of(), List.of());

  /** Makes conditions from lists of any type. */
  public static XlConditions of(
      String prompt2,
      String negativePrompt2,
      List<Integer> originalSize,
      List<Integer> cropTopLeft,
      List<Integer> targetSize) {
    return new XlConditions(
        prompt2,
        negativePrompt2,
        new ArrayList<>(originalSize),
        new ArrayList<>(cropTopLeft),
        new ArrayList<>(targetSize));
  }

  /** The {@code time_ids} of a picture: original size, crop, target size. */
  public float[] timeIds(StartingPoint picture) {
    List<Integer> size = List.of(picture.height(), picture.width());
    List<Integer> ids = new ArrayList<>(originalSize.isEmpty() ? size : originalSize);
    ids.addAll(cropTopLeft.isEmpty() ? List.of(0, 0) : cropTopLeft);
    ids.addAll(targetSize.isEmpty() ? size : targetSize);
    float[] values = new float[ids.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = ids.get(i);
    }
    return values;
  }
}
