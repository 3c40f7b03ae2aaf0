package org.sparklora.pipeline;

import java.util.Optional;
import java.util.OptionalInt;
import org.sparklora.model.folder.ModelConfig;
import org.sparklora.tensor.AttentionKernel;
import org.sparklora.tensor.Precision;

/**
 * What the command line says of pictures to draw, before anything is looked at.
 *
 * @param base {@code --pretrained_model_name_or_path}; where it is empty, the adapters tell
 * @param variantName {@code --variant}; empty for none
 * @param height {@code --height} in pixels; the size the base model was trained with where empty
 * @param width {@code --width} in pixels
 * @param image {@code --image} at the size to draw
 * @param repeats how many pictures a prompt, with which seeds
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
  /** The same with a base model and adapters in other places. */
  GenerationConfig with(Optional<ModelConfig> otherBase, AdapterUse otherAdapters) {
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
