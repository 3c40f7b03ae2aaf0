package org.sparklora.spark.tune;

import java.io.Serializable;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.sparklora.pipeline.request.ValidationConfig;
import org.sparklora.spark.subjects.Subject;
import org.sparklora.spark.subjects.SubjectTraining;

/**
 * What a task needs to know of its trial.
 *
 * @param kind number of the worker that it needs, see {@link
 *     org.sparklora.spark.subjects.SubjectTask.Trainer#kind}
 * @param heldOut the pictures whose loss is computed
 * @param clock when that is due
 */
record TrialPlan(
    Subject subject, SubjectTraining training, int kind, HeldOutCount heldOut, Clock clock)
    implements Serializable {
  private static final long serialVersionUID = 1L;

  /** The trial's recipe, and what its losses are comparable for. */
  Map<String, String> recipe() {
    Map<String, String> recipe = new TreeMap<>(subject.recipe());
    recipe.put("latent cache of held-out pictures", heldOut.cache());
    return recipe;
  }

  /**
   * Number of held-out pictures, and of the batches that they are computed in.
   *
   * @param cache name of their latent cache
   */
  record HeldOutCount(String cache, int batches, long samples) implements Serializable {
    private static final long serialVersionUID = 1L;
  }

  /**
   * {@code --validation_steps} and {@code --validation_epochs} in a trial's own steps.
   *
   * @param steps 0 if only epochs are given
   * @param epochSlots samples of an epoch
   */
  record Clock(long steps, long epochs, long epochSlots, long samplesPerStep)
      implements Serializable {
    private static final long serialVersionUID = 1L;

    static Clock of(ValidationConfig.Every every, long epochSlots, long samplesPerStep) {
      return new Clock(every.steps().orElse(0), every.epochs(), epochSlots, samplesPerStep);
    }

    long after(long step) {
      OptionalLong given = steps == 0 ? OptionalLong.empty() : OptionalLong.of(steps);
      return new ValidationConfig.Every(given, epochs).after(step, epochSlots, samplesPerStep);
    }
  }
}
