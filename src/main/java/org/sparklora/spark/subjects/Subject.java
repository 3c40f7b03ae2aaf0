package org.sparklora.spark.subjects;

import java.io.Serializable;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.sparklora.data.order.SubjectSamples;
import org.sparklora.train.step.ParameterGroup;

/**
 * One subject to train.
 *
 * @param folder of its adapter, checkpoints and model card
 * @param onlySamples those that it is trained on, if these are not all of the run's; at most one
 * @param steps number of its training steps
 * @param groups of the adapter, with their learning rates over these steps
 * @param recipe settings that a resumed run must share, by flag
 * @param card its model card
 * @param others names of existing checkpoints that must not be resumed
 */
public record Subject(
    String name,
    String folder,
    List<SubjectSamples> onlySamples,
    long steps,
    List<ParameterGroup> groups,
    TreeMap<String, String> recipe,
    String card,
    List<String> others)
    implements Serializable {
  private static final long serialVersionUID = 1L;

  /** The same, with samples of its own. */
  public Subject(
      String name,
      String folder,
      SubjectSamples samples,
      long steps,
      List<ParameterGroup> groups,
      TreeMap<String, String> recipe,
      String card,
      List<String> others) {
    this(name, folder, List.of(samples), steps, groups, recipe, card, others);
  }

  public Subject {
    onlySamples = List.copyOf(onlySamples);
    groups = List.copyOf(groups);
    others = List.copyOf(others);
  }

  /** The samples that it is trained on, if these are not all of the run's. */
  Optional<SubjectSamples> samples() {
    return onlySamples.stream().findFirst();
  }
}
