package org.sparklora.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.sparklora.tensor.Ops;

/**
 * A forward pass that keeps the values between stages alone, and a backward pass that computes each
 * stage anew (gradient checkpointing: Chen et al. 2016, arXiv 1604.06174). The gradients have the
 * bits of a pass that keeps everything: each sum of gradients is taken in the same order.
 */
public final class CheckpointedPass {
  private final Ops ops;
  private final NDManager scope;
  private final List<Stage> stages;
  private final NDArray time;
  private final Stage.Conditions conditions;
  private final List<NDArray> values = new ArrayList<>();

  /** The first stage that computes with anything trained; those before need no backward. */
  private int first;

  /**
   * Runs forward.
   *
   * @param scope where values and gradients live
   * @param input value 0
   * @param time the time embedding, recorded; kept whole, as it is small
   */
  CheckpointedPass(
      Ops ops,
      NDManager scope,
      List<Stage> stages,
      NDArray input,
      NDArray time,
      EncoderStates text) {
    this.ops = ops;
    this.scope = scope;
    this.stages = stages;
    this.time = time;
    this.conditions =
        new Stage.Conditions(
            ops.requiresGradient(time) ? ops.leafOf(scope, time, true) : time, text);
    this.first = stages.size();
    values.add(input);
    for (int k = 0; k < stages.size(); k++) {
      values.add(k > first ? forward(k) : forwardToFirst(k));
    }
  }

  private NDArray forward(int k) {
    return stages.get(k).forward(scope, values::get, conditions);
  }

  /** Recorded, which costs nothing while nothing is trained, to find the first stage. */
  private NDArray forwardToFirst(int k) {
    NDArray recorded = ops.recordGradients(() -> forward(k));
    if (!ops.requiresGradient(recorded)) {
      return recorded;
    }
    first = k;
    NDArray value = ops.leafOf(scope, recorded, false);
    recorded.close();
    return value;
  }

  /** The UNet's prediction. */
  public NDArray output() {
    return values.get(stages.size());
  }

  /**
   * Adds the gradients of everything trained to their leaves. Once only: values are freed.
   *
   * @param gradient with respect to {@link #output}, of its shape and type
   */
  public void backward(NDArray gradient) {
    Map<Integer, NDArray> gradients = new HashMap<>();
    gradients.put(stages.size(), gradient);
    for (int k = stages.size() - 1; k >= first; k--) {
      NDArray upstream = gradients.remove(k + 1);
      backward(k, upstream, gradients);
      upstream.close();
      values.get(k + 1).close();
    }
    if (conditions.timeEmbedding() != time) {
      ops.backward(time, ops.gradient(conditions.timeEmbedding()));
    }
  }

  /**
   * Computes stage k anew and goes back through it.
   *
   * @param upstream gradient of value k + 1
   * @param gradients of older values, as far as later stages contributed; this stage's are added
   */
  private void backward(int k, NDArray upstream, Map<Integer, NDArray> gradients) {
    Stage stage = stages.get(k);
    try (NDManager inside = scope.newSubManager()) {
      Map<Integer, NDArray> leaves = new HashMap<>();
      NDArray objective =
          ops.recordGradients(
              () -> {
                Map<Integer, NDArray> inputs = new HashMap<>();
                List<NDArray> outputs = new ArrayList<>();
                List<NDArray> known = new ArrayList<>();
                for (int v : stage.inputs()) {
                  if (v > first) {
                    leaves.put(v, ops.leafOf(inside, values.get(v), true));
                    inputs.put(v, ops.call(inside, "alias", Ops.of(leaves.get(v))));
                  }
                }
                outputs.add(
                    stage.forward(inside, v -> inputs.getOrDefault(v, values.get(v)), conditions));
                known.add(upstream);
                // What later stages contributed to an input comes before what this one does.
                for (int v : leaves.keySet()) {
                  if (gradients.containsKey(v)) {
                    outputs.add(inputs.get(v));
                    known.add(gradients.get(v));
                  }
                }
                return ops.call(inside, "inner_product", Ops.of(outputs), Ops.of(known));
              });
      ops.backward(objective, inside.ones(new Shape()));
      leaves.forEach(
          (v, leaf) -> {
            NDArray sum = ops.gradient(leaf);
            sum.attach(scope);
            NDArray before = gradients.put(v, sum);
            if (before != null) {
              before.close();
            }
          });
    }
  }
}
