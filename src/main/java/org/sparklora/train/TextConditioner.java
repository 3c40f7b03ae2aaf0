package org.sparklora.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.sparklora.nn.text.ClipTextModel;
import org.sparklora.tensor.Ops;
import org.sparklora.tensor.Precision;

/** Captions' hidden states from the frozen text encoder, the most recently used ones kept. */
public final class TextConditioner implements TextEncoding {
  private final Ops ops;
  private final ClipTextModel textEncoder;
  private final Precision precision;
  private final int capacity;
  private final Map<List<Integer>, NDArray> recent = new LinkedHashMap<>(16, 0.75f, true);

  /**
   * @param textEncoder in fp32
   * @param precision the type of the hidden states it gives
   * @param capacity how many captions are kept
   */
  public TextConditioner(Ops ops, ClipTextModel textEncoder, Precision precision, int capacity) {
    this.ops = ops;
    this.textEncoder = textEncoder;
    this.precision = precision;
    this.capacity = capacity;
  }

  @Override
  public NDArray encode(NDManager scope, List<int[]> captions) {
    return ops.call(
        scope, "concatenate", Ops.of(captions.stream().map(this::hiddenStates).toList()));
  }

  private NDArray hiddenStates(int[] ids) {
    List<Integer> key = Arrays.stream(ids).boxed().toList();
    NDArray kept = recent.get(key);
    if (kept != null) {
      return kept;
    }
    if (recent.size() >= capacity) {
      List<Integer> oldest = recent.keySet().iterator().next();
      recent.remove(oldest).close();
    }
    try (NDManager scope = ops.manager().newSubManager()) {
      long[] wide = Arrays.stream(ids).asLongStream().toArray();
      NDArray tokens = scope.create(wide, new Shape(1, wide.length));
      NDArray states = textEncoder.hiddenStates(scope, tokens, 0);
      NDArray cast = ops.cast(scope, states, precision);
      cast.attach(ops.manager());
      recent.put(key, cast);
      return cast;
    }
  }
}
