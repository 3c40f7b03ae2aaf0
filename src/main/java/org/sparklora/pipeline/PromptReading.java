package org.sparklora.pipeline;

import java.io.Serializable;

/**
 * How prompts are read.
 *
 * @param pieces {@code --max_token_length}: how many pieces of 75 tokens the text encoders read
 */
public record PromptReading(int pieces) implements Serializable {
  private static final long serialVersionUID = 1L;

  /** As diffusers' pipelines: one piece. */
  public static final PromptReading USUAL = new PromptReading(1);
}
