package org.sparklora.pipeline;

import java.util.List;

/**
 * The pictures drawn at the end of a run.
 *
 * @param prompts {@code --validation_prompt}, repeatable
 * @param numInferenceSteps {@code --num_inference_steps}
 * @param guidanceScale {@code --guidance_scale} of classifier-free guidance
 */
public record ValidationConfig(List<String> prompts, int numInferenceSteps, double guidanceScale) {
  public ValidationConfig {
    prompts = List.copyOf(prompts);
  }
}
