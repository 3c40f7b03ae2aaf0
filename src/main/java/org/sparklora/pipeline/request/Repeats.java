package org.sparklora.pipeline.request;

import java.io.Serializable;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.LongStream;

/**
 * The number of pictures of each prompt, and their seeds.
 *
 * @param images {@code --num_images_per_prompt}
 * @param seed {@code --seed}: picture k of a prompt, from 0, has the seed {@code seed + k},
 *     whatever the prompt and its place among the others. In diffusers that is {@code
 *     generator=[torch.Generator().manual_seed(seed + k) for k in range(images)]}
 */
public record Repeats(int images, long seed) implements Serializable {
  /**
   * The pictures of a prompt.
   *
   * @param ownSeed seed of this prompt, which replaces {@code seed}
   */
  public List<ImageRequest> of(String prompt, String negativePrompt, OptionalLong ownSeed) {
    long first = ownSeed.orElse(seed);
    return LongStream.range(0, images)
        .mapToObj(k -> new ImageRequest(prompt, negativePrompt, first + k))
        .toList();
  }
}
