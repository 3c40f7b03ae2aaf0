package org.sparklora.pipeline.request;

import java.io.Serializable;

/**
 * How prompts are read.
 *
 * @param pieces {@code --max_token_length}: how many pieces of 75 tokens the text encoders read
 * @param weighted {@code --weighted_prompts}: whether brackets are weights
 */
public record PromptReading(int pieces, boolean weighted) implements Serializable {
  private static final long serialVersionUID = 1L;

  /** As diffusers' pipelines: one piece, and brackets are text. */
  public static final PromptReading USUAL = new PromptReading(1, false);

  /** The words of a prompt, without marks of weights. */
  public String words(String prompt) {
    return weighted ? WeightedPrompt.parse(prompt).words() : prompt;
  }
}
