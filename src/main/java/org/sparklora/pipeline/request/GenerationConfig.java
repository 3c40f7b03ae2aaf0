package org.sparklora.pipeline.request;

import java.util.Optional;
import java.util.OptionalInt;
import org.sparklora.model.folder.ModelConfig;
import org.sparklora.tensor.AttentionKernel;
import org.sparklora.tensor.Precision;

/**
 * The command line's description of pictures to draw, before anything is checked.
 *
 * @param base {@code --pretrained_model_name_or_path}; if empty, the adapters name it
 * @param variantName {@code --variant}; empty for none
 * @param height {@code --height} in pixels; if empty, the size that the base model was trained with
 * @param width {@code --width} in pixels
 * @param image {@code --image} at the size to draw
 * @param repeats number of pictures of a prompt, and their seeds
 * @param batchSize {@code --batch_size}: pictures drawn at once
 */
public record GenerationConfig(
    Optional<ModelConfig> base,
    String variantName,
    AdapterUse adapters,
    Precision precision,
    int threads,
    AttentionKernel attention,
    SamplingConfig sampling,
    OptionalInt height,
    OptionalInt width,
    Optional<InitialImage> image,
    Repeats repeats,
    int batchSize) {
  /** The same with other locations of base model and adapters. */
  public GenerationConfig with(Optional<ModelConfig> otherBase, AdapterUse otherAdapters) {
    return new GenerationConfig(
        otherBase,
        variantName,
        otherAdapters,
        precision,
        threads,
        attention,
        sampling,
        height,
        width,
        image,
        repeats,
        batchSize);
  }
}
