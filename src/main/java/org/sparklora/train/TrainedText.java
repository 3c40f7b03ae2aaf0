package org.sparklora.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.sparklora.lora.LoraAdapter;
import org.sparklora.model.Network;
import org.sparklora.model.TextEncoders;
import org.sparklora.nn.text.EncodedText;
import org.sparklora.tensor.Ops;
import org.sparklora.tensor.Precision;

/**
 * Encodes captions with text encoders that are adapted, or whose new tokens are learned. In a
 * micro-batch a caption that several samples have is encoded once, with the dropout of the first.
 */
public final class TrainedText implements TextEncoding {
  private final Ops ops;
  private final TextEncoders encoders;
  private final LoraAdapter adapter;
  private final Precision precision;
  private final long seed;
  private final int clipSkip;

  /** A caption, and the samples of the micro-batch that have it. */
  private record Shared(EncodedText text, List<Integer> samples) {}

  /**
   * @param encoders in fp32
   * @param precision the type of the hidden states
   * @param seed of dropout
   * @param clipSkip how many of the encoders' last layers are left out
   */
  public TrainedText(
      Ops ops,
      TextEncoders encoders,
      LoraAdapter adapter,
      Precision precision,
      long seed,
      int clipSkip) {
    this.ops = ops;
    this.encoders = encoders;
    this.adapter = adapter;
    this.precision = precision;
    this.seed = seed;
    this.clipSkip = clipSkip;
  }

  @Override
  public EncodedText encode(NDManager scope, List<int[]> captions) {
    List<EncodedText> texts = captions.stream().map(ids -> encoded(scope, ids)).toList();
    return CaptionBatch.cast(ops, scope, CaptionBatch.of(ops, scope, texts), precision);
  }

  @Override
  public Words words(NDManager scope, long step, List<Caption> captions) {
    Map<List<Integer>, Shared> shared = new LinkedHashMap<>();
    List<EncodedText> rows = new ArrayList<>();
    for (Caption caption : captions) {
      List<Integer> key = Arrays.stream(caption.tokenIds()).boxed().toList();
      Shared known = shared.computeIfAbsent(key, ids -> record(scope, step, caption));
      known.samples().add(rows.size());
      rows.add(known.text());
    }
    EncodedText text = CaptionBatch.cast(ops, scope, CaptionBatch.of(ops, scope, rows), precision);
    return new Words(
        text, Optional.of(gradient -> back(scope, List.copyOf(shared.values()), gradient)));
  }

  private Shared record(NDManager scope, long step, Caption caption) {
    for (Network encoder : encoders.family().textEncoders()) {
      adapter.drawDropout(scope, encoder, seed, step, caption.slot());
    }
    EncodedText text = ops.recordGradients(() -> encoded(scope, caption.tokenIds()));
    return new Shared(text, new ArrayList<>());
  }

  private EncodedText encoded(NDManager scope, int[] ids) {
    return encoders.encode(scope, List.of(ids), clipSkip);
  }

  private void back(NDManager scope, List<Shared> captions, EncodedText gradient) {
    for (Shared caption : captions) {
      NDArray states = caption.text().states();
      NDArray ofStates = sum(scope, gradient.states(), caption.samples());
      if (gradient.pooled().isEmpty()) {
        ops.backward(states, ofStates);
      } else {
        NDArray pooled = caption.text().pooled().orElseThrow();
        NDArray ofPooled = sum(scope, gradient.pooled().get(), caption.samples());
        ops.backward(scope, List.of(states, pooled), List.of(ofStates, ofPooled));
      }
    }
  }

  /** The gradient of a caption that several samples of the batch have. */
  private NDArray sum(NDManager scope, NDArray gradient, List<Integer> samples) {
    NDArray whole = ops.toFp32(scope, gradient);
    NDArray sum = sample(scope, whole, samples.get(0));
    for (int i : samples.subList(1, samples.size())) {
      sum = ops.call(scope, "sum_of", Ops.of(sum), Ops.of(sample(scope, whole, i)));
    }
    return sum;
  }

  private NDArray sample(NDManager scope, NDArray batch, int i) {
    return ops.call(scope, "sample", Ops.of(batch), Ops.of(ops.attrs(i)));
  }
}
