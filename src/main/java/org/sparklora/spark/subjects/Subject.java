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
 * @param steps number of its training steps
 * @param groups of the adapter, with their learning rates over these steps
 * @param recipe settings that a resumed run must share, by flag
 * @param card its model card
 * @param others names of existing checkpoints that must not be resumed
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
