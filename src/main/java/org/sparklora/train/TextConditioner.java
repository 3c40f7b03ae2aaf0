package org.sparklora.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.lang.ref.WeakReference;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
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

  /** The keys of {@link #recent}, for threads that read ahead. */
  private final Set<List<Integer>> kept = ConcurrentHashMap.newKeySet();

  /** What was read ahead and is still waiting with a sample. Others with its caption share it. */
  private final Map<List<Integer>, WeakReference<CaptionStates.Encoded>> waiting =
      new ConcurrentHashMap<>();

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
    return CaptionBatch.of(
        ops, scope, captions.stream().map(ids -> encoded(ids, Optional.empty())).toList());
  }

  @Override
  public Words words(NDManager scope, long step, List<Caption> captions) {
    List<EncodedText> texts =
        captions.stream().map(caption -> encoded(caption.tokenIds(), caption.states())).toList();
    return Words.fixed(CaptionBatch.of(ops, scope, texts));
  }

  @Override
  public Optional<CaptionStates.Encoded> stored(int[] tokenIds) {
    List<Integer> key = key(tokenIds);
    if (kept.contains(key)) {
      return Optional.empty();
    }
    WeakReference<CaptionStates.Encoded> before = waiting.get(key);
    Optional<CaptionStates.Encoded> shared =
        before == null ? Optional.empty() : Optional.ofNullable(before.get());
    if (shared.isPresent()) {
      return shared;
    }
    Optional<CaptionStates.Encoded> read = known.find(tokenIds);
    read.ifPresent(caption -> waiting.put(key, new WeakReference<>(caption)));
    return read;
  }

  private static List<Integer> key(int[] ids) {
    return Arrays.stream(ids).boxed().toList();
  }

  /**
   * @param read what was read of it before; empty to look here
   */
  private EncodedText encoded(int[] ids, Optional<CaptionStates.Encoded> read) {
    List<Integer> key = key(ids);
    EncodedText encoded = recent.get(key);
    if (encoded != null) {
      return encoded;
    }
    if (recent.size() >= capacity) {
      List<Integer> longest = recent.keySet().iterator().next();
      kept.remove(longest);
      EncodedText oldest = recent.remove(longest);
      oldest.states().close();
      oldest.pooled().ifPresent(NDArray::close);
    }
    try (NDManager scope = ops.manager().newSubManager()) {
      EncodedText text = CaptionBatch.cast(ops, scope, inFp32(scope, ids, read), precision);
      text.states().attach(ops.manager());
      text.pooled().ifPresent(pooled -> pooled.attach(ops.manager()));
      recent.put(key, text);
      kept.add(key);
      waiting.remove(key);
      return text;
    }
  }

  private EncodedText inFp32(NDManager scope, int[] ids, Optional<CaptionStates.Encoded> read) {
    return read.or(() -> known.find(ids))
        .map(caption -> inFp32(scope, caption))
        .orElseGet(() -> encoders.get().encode(scope, List.of(ids), clipSkip));
  }

  private static EncodedText inFp32(NDManager scope, CaptionStates.Encoded caption) {
    Shape states = new Shape(1, caption.words(), caption.width());
    return new EncodedText(
        owned(scope, caption.states(), states),
        caption.pooled().map(pooled -> owned(scope, pooled, new Shape(1, pooled.length))));
  }

  /**
   * A tensor in memory of its own. A new array is only a view of Java's memory, which is freed with
   * it, and a cast to the same type gives the same memory.
   */
  private static NDArray owned(NDManager scope, float[] values, Shape shape) {
    return scope.create(values, shape).duplicate();
  }
}
