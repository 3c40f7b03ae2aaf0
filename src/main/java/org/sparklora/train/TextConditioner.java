package org.sparklora.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.sparklora.model.TextEncoders;
import org.sparklora.nn.text.EncodedText;
import org.sparklora.tensor.Ops;
import org.sparklora.tensor.Precision;

/** Encodes captions with frozen text encoders, and keeps the most recently used results. */
public final class TextConditioner implements TextEncoding {
  private final Ops ops;
  private final Supplier<TextEncoders> encoders;
  private final Precision precision;
  private final int capacity;
  private final int clipSkip;
  private final CaptionStates known;
  private final Map<List<Integer>, EncodedText> recent = new LinkedHashMap<>(16, 0.75f, true);

  /**
   * @param encoders in fp32
   * @param precision the type of the hidden states
   * @param capacity how many captions are kept
   * @param clipSkip how many of the encoders' last layers are left out
   */
  public TextConditioner(
      Ops ops, TextEncoders encoders, Precision precision, int capacity, int clipSkip) {
    this(ops, () -> encoders, precision, capacity, clipSkip, CaptionStates.NONE);
  }

  /**
   * @param encoders in fp32; called for each caption that is not known; it returns the same
   *     encoders each time
   * @param known captions that were encoded before
   */
  public TextConditioner(
      Ops ops,
      Supplier<TextEncoders> encoders,
      Precision precision,
      int capacity,
      int clipSkip,
      CaptionStates known) {
    this.ops = ops;
    this.encoders = encoders;
    this.precision = precision;
    this.capacity = capacity;
    this.clipSkip = clipSkip;
    this.known = known;
  }

  @Override
  public EncodedText encode(NDManager scope, List<int[]> captions) {
    return CaptionBatch.of(ops, scope, captions.stream().map(this::encoded).toList());
  }

  private EncodedText encoded(int[] ids) {
    List<Integer> key = Arrays.stream(ids).boxed().toList();
    EncodedText kept = recent.get(key);
    if (kept != null) {
      return kept;
    }
    if (recent.size() >= capacity) {
      EncodedText oldest = recent.remove(recent.keySet().iterator().next());
      oldest.states().close();
      oldest.pooled().ifPresent(NDArray::close);
    }
    try (NDManager scope = ops.manager().newSubManager()) {
      EncodedText text = CaptionBatch.cast(ops, scope, inFp32(scope, ids), precision);
      text.states().attach(ops.manager());
      text.pooled().ifPresent(pooled -> pooled.attach(ops.manager()));
      recent.put(key, text);
      return text;
    }
  }

  private EncodedText inFp32(NDManager scope, int[] ids) {
    return known
        .find(ids)
        .map(
            caption ->
                new EncodedText(
                    scope.create(caption.states(), new Shape(1, caption.words(), caption.width())),
                    caption
                        .pooled()
                        .map(pooled -> scope.create(pooled, new Shape(1, pooled.length)))))
        .orElseGet(() -> encoders.get().encode(scope, List.of(ids), clipSkip));
  }
}
