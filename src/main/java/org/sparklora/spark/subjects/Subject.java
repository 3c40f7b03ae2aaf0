package org.sparklora.spark.subjects;

import java.io.Serializable;
import java.util.List;
import java.util.TreeMap;
import org.sparklora.data.order.SubjectSamples;
import org.sparklora.train.step.ParameterGroup;

/**
 * One subject to train.
 *
 * @param folder of its adapter, checkpoints and model card
 * @param steps how long it is trained
 * @param groups the adapter's, with their learning rates over these steps
 * @param recipe what must be the same to go on from its checkpoints, by flag
 * @param card its model card
 * @param others names of checkpoints that are there already and are not to be gone on from
 */
public record Subject(
    String name,
    String folder,
    SubjectSamples samples,
    long steps,
    List<ParameterGroup> groups,
    TreeMap<String, String> recipe,
    String card,
    List<String> others)
    implements Serializable {
  private static final long serialVersionUID = 1L;

  public Subject {
    groups = List.copyOf(groups);
    others = List.copyOf(others);
  }
}
