package org.sparklora.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.sparklora.tensor.Ops;

/**
 * Records a forward pass block by block, and runs the backward pass. Each block keeps the arrays
 * that its own backward needs. For frozen weights these are much fewer than autograd keeps. Blocks
 * before the first trained one keep nothing. With checkpointing, stages keep only their inputs and
 * are computed again in backward (Chen et al. 2016, arXiv 1604.06174). Gradients are summed in the
 * same order, so they have the same bits.
 */
public final class Tape {
  private enum Mode {
    /** A pass without backward. */
    OFF,
    /** A pass that only finds out which values have a gradient. */
    DRY,
    ON
  }

  private record Node(
      List<NDArray> inputs, NDArray output, List<NDArray> kept, Backward backward) {}

  /** The backward pass through a block. */
  private interface Backward {
    /**
     * Adds to the gradients of the block's inputs.
     *
     * @param scope owner of arrays that live only in this step
     * @param upstream gradient of the block's output
     */
    void run(NDManager scope, NDArray upstream);
  }

  private final Ops ops;
  private final NDManager scope;
  private final Mode mode;
  private final boolean checkpointing;
  private final Deque<Node> nodes = new ArrayDeque<>();
  private final Set<NDArray> withGradient = identitySet();
  private final IdentityHashMap<NDArray, Integer> uses = new IdentityHashMap<>();

  /** Arrays owned by the caller or by the outer tape; this tape must not close them. */
  private final Set<NDArray> borrowed = identitySet();

  /** Arrays whose gradient the caller asks for. It is summed in fp32. */
  private final Set<NDArray> watched = identitySet();

  private final IdentityHashMap<NDArray, NDArray> gradients = new IdentityHashMap<>();

  private Tape(Ops ops, NDManager scope, Mode mode, boolean checkpointing) {
    this.ops = ops;
    this.scope = scope;
    this.mode = mode;
    this.checkpointing = checkpointing;
  }

  /** A tape for a pass without backward. */
  public static Tape off(Ops ops, NDManager scope) {
    return new Tape(ops, scope, Mode.OFF, false);
  }

  /**
   * A tape for a pass with one backward pass.
   *
   * @param scope owner of values and of arrays that are kept
   * @param checkpointing whether stages keep only their inputs
   */
  public static Tape on(Ops ops, NDManager scope, boolean checkpointing) {
    return new Tape(ops, scope, Mode.ON, checkpointing);
  }

  private static <T> Set<T> identitySet() {
    return Collections.newSetFromMap(new IdentityHashMap<>());
  }

  /**
   * Declares, before the pass, that an input has a gradient.
   *
   * @param value the same array that the pass computes with; the caller keeps owning it
   */
  public void watch(NDArray value) {
    withGradient.add(value);
    borrowed.add(value);
    watched.add(value);
  }

  /**
   * The gradient of a watched value, after {@link #backward}.
   *
   * @return the gradient in the value's shape, fp32; it lives as long as this pass
   * @throws IllegalStateException when no result depends on the value
   */
  public NDArray gradient(NDArray value) {
    NDArray gradient = watched.contains(value) ? gradients.get(value) : null;
    if (gradient == null) {
      throw new IllegalStateException(
          "No gradient: the result does not depend on " + value.getUid());
    }
    return gradient;
  }

  public boolean hasGradient(NDArray value) {
    return withGradient.contains(value);
  }

  /** Whether backward needs a value, so that it must not be closed. */
  public boolean keeps(NDArray value) {
    return uses.containsKey(value);
  }

  /**
   * Computes a block. It is recorded for backward if the pass has one, and if the block is trained
   * or an input has a gradient. The result then has a gradient, too.
   *
   * @param inside owner of the result
   * @param inputs that may have a gradient
   */
  public NDArray apply(NDManager inside, Block block, List<NDArray> inputs) {
    boolean recorded =
        mode != Mode.OFF && (block.isTrained() || inputs.stream().anyMatch(this::hasGradient));
    if (!recorded) {
      return block.forward(inside, inputs);
    }
    Optional<Block.ByHand> byHand = block.byHand(inputs.stream().map(this::hasGradient).toList());
    NDArray output =
        byHand.isPresent()
            ? byHand(inside, block, byHand.get(), inputs)
            : recorded(inside, block, inputs);
    withGradient.add(output);
    return output;
  }

  private NDArray byHand(
      NDManager inside, Block block, Block.ByHand derivative, List<NDArray> inputs) {
    if (mode == Mode.DRY) {
      return block.forward(inside, inputs);
    }
    NDList results = derivative.forward(inside, inputs);
    NDArray output = results.get(0);
    List<NDArray> kept = new ArrayList<>(results.subList(1, results.size()));
    List<NDArray> values = List.copyOf(kept);
    if (derivative.needsInputs()) {
      kept.addAll(inputs);
    }
    List<NDArray> leaves = derivative.leaves();
    add(
        inputs,
        output,
        kept,
        (step, upstream) -> {
          NDList all = derivative.backward(step, upstream, inputs, values);
          for (int i = 0; i < inputs.size(); i++) {
            addGradient(step, inputs.get(i), all.get(i));
          }
          if (!leaves.isEmpty()) {
            ops.addGradients(step, leaves, all.subList(inputs.size(), all.size()));
          }
        });
    return output;
  }

  /** Computes a block that autograd differentiates. */
  private NDArray recorded(NDManager inside, Block block, List<NDArray> inputs) {
    List<NDArray> leaves =
        inputs.stream().map(x -> hasGradient(x) ? ops.leafOf(inside, x, true) : x).toList();
    NDArray recorded = ops.recordGradients(() -> block.forward(inside, leaves));
    NDArray output = ops.leafOf(inside, recorded, false);
    if (mode == Mode.ON) {
      List<NDArray> kept = new ArrayList<>(leaves);
      kept.add(recorded);
      add(
          inputs,
          output,
          kept,
          (step, upstream) -> {
            ops.backward(recorded, upstream);
            for (int i = 0; i < inputs.size(); i++) {
              if (hasGradient(inputs.get(i))) {
                addGradient(step, inputs.get(i), ops.gradient(leaves.get(i)));
              }
            }
          });
    }
    return output;
  }

  /**
   * Computes a stage of one or more blocks.
   *
   * @param inside owner of the result
   * @param inputs that may have a gradient
   * @param sizes arrays of which only the size is needed
   */
  NDArray stage(NDManager inside, Stage.Pass stage, List<NDArray> inputs, List<NDArray> sizes) {
    if (!checkpointing) {
      return stage.forward(this, inside);
    }
    Tape dry = again(inside, Mode.DRY, inputs);
    NDArray output = stage.forward(dry, inside);
    if (dry.hasGradient(output)) {
      withGradient.add(output);
      List<NDArray> kept = new ArrayList<>(inputs);
      kept.addAll(sizes);
      add(inputs, output, kept, (step, upstream) -> checkpoint(step, stage, inputs, upstream));
    }
    return output;
  }

  private void checkpoint(
      NDManager step, Stage.Pass stage, List<NDArray> inputs, NDArray upstream) {
    Tape again = again(step, Mode.ON, inputs);
    NDArray output = stage.forward(again, step);
    // Contributions of later stages to an input come before those of this stage.
    for (NDArray input : inputs) {
      if (gradients.containsKey(input)) {
        again.gradients.put(input, gradients.remove(input));
      }
    }
    again.backward(output, upstream);
    for (NDArray input : inputs) {
      // There is no gradient if the stage does not use the input, as a sampler does not use the
      // time.
      NDArray gradient = again.gradients.get(input);
      if (gradient != null) {
        gradient.attach(scope);
        gradients.put(input, gradient);
      }
    }
  }

  private Tape again(NDManager step, Mode again, List<NDArray> inputs) {
    Tape tape = new Tape(ops, step, again, false);
    tape.borrowed.addAll(inputs);
    tape.withGradient.addAll(withGradient);
    tape.watched.addAll(watched);
    return tape;
  }

  private void add(List<NDArray> inputs, NDArray output, List<NDArray> kept, Backward backward) {
    for (NDArray value : kept) {
      if (!borrowed.contains(value) && uses.merge(value, 1, Integer::sum) == 1) {
        value.attach(scope);
      }
    }
    nodes.push(new Node(List.copyOf(inputs), output, List.copyOf(kept), backward));
  }

  private void addGradient(NDManager step, NDArray value, NDArray gradient) {
    if (!hasGradient(value)) {
      return;
    }
    NDArray before = gradients.get(value);
    NDArray added = watched.contains(value) ? ops.toFp32(step, gradient) : gradient;
    NDArray sum = before == null ? added : ops.call(step, "sum_of", Ops.of(before), Ops.of(added));
    sum.attach(scope);
    gradients.put(value, sum);
    if (before != null) {
      before.close();
    }
  }

  /**
   * Adds the gradients of all trained values to their leaves. It can be called only once, because
   * kept arrays are freed on the way.
   *
   * @param output a value of this pass
   * @param gradient with respect to it, of its shape and type
   */
  public void backward(NDArray output, NDArray gradient) {
    gradients.put(output, gradient);
    // This frees the holes that forward left in memory, before backward needs more; a checkpointed
    // stage does this for itself.
    ops.trimMemory();
    while (!nodes.isEmpty()) {
      Node node = nodes.pop();
      NDArray upstream = gradients.remove(node.output());
      try (NDManager step = scope.newSubManager()) {
        node.backward().run(step, upstream);
      }
      upstream.close();
      for (NDArray value : node.kept()) {
        if (!borrowed.contains(value) && uses.merge(value, -1, Integer::sum) == 0) {
          uses.remove(value);
          value.close();
        }
      }
    }
  }
}
