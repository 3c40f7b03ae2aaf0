package org.sparklora.spark.validation;

import java.io.Serializable;
import java.util.List;
import org.sparklora.pipeline.request.ImageRequest;
import org.sparklora.pipeline.request.ImageSize;
import org.sparklora.pipeline.request.Repeats;
import org.sparklora.pipeline.request.SamplingConfig;
import org.sparklora.pipeline.request.ValidationPrompt;
import org.sparklora.spark.run.TrainingConfig;

/**
 * A validation picture and how it is drawn.
 *
 * @param label of its prompt in reports
 */
record PlannedPicture(String label, ImageRequest request, SamplingConfig sampling, ImageSize size)
    implements Serializable {
  private static final long serialVersionUID = 1L;

  /** The pictures of each prompt. Picture k has the prompt's seed, or that of the run, + k. */
  static List<PlannedPicture> of(TrainingConfig config) {
    Repeats repeats = new Repeats(config.validation().images(), config.batch().seed());
    return config.validation().prompts().stream()
        .flatMap(
            prompt ->
                repeats.of(prompt.text(), prompt.negative(), prompt.seed()).stream()
                    .map(request -> of(config, prompt, request)))
        .toList();
  }

  private static PlannedPicture of(
      TrainingConfig config, ValidationPrompt prompt, ImageRequest request) {
    return new PlannedPicture(
        prompt.line(),
        request,
        prompt.sampling(config.validation()).skipping(config.trainables().clipSkip()),
        prompt.size(config.data().largestResolution()));
  }
}
