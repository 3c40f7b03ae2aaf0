package org.sparklora.pipeline;

import java.io.Serializable;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.LongStream;

/**
 * How often each prompt is drawn.
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
   * @param ownSeed where the prompt brings one, it takes the place of {@code seed}
   */
  public List<ImageRequest> of(String prompt, String negativePrompt, OptionalLong ownSeed) {
    long first = ownSeed.orElse(seed);
    return LongStream.range(0, images)
        .mapToObj(k -> new ImageRequest(prompt, negativePrompt, first + k))
        .toList();
  }
}
