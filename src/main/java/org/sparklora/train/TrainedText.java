package org.sparklora.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.sparklora.lora.AdaptedModule.Network;
import org.sparklora.lora.LoraAdapter;
import org.sparklora.nn.text.ClipTextModel;
import org.sparklora.tensor.Ops;
import org.sparklora.tensor.Precision;

/**
 * Captions through a text encoder that is adapted, or whose new tokens are learned. In a
 * micro-batch a caption that several samples have is encoded once, with the dropout of the first.
 */
public final class TrainedText implements TextEncoding {
  private final Ops ops;
  private final ClipTextModel textEncoder;
  private final LoraAdapter adapter;
  private final Precision precision;
  private final long seed;

  /** A caption, and the samples of the micro-batch that have it. */
  private record Shared(NDArray states, List<Integer> samples) {}

  /**
   * @param textEncoder in fp32
   * @param precision the type of the hidden states it gives
   * @param seed of dropout
   */
  public TrainedText(
      Ops ops, ClipTextModel textEncoder, LoraAdapter adapter, Precision precision, long seed) {
    this.ops = ops;
    this.textEncoder = textEncoder;
    this.adapter = adapter;
    this.precision = precision;
    this.seed = seed;
  }

  @Override
  public NDArray encode(NDManager scope, List<int[]> captions) {
    List<NDArray> states = captions.stream().map(ids -> states(scope, ids)).toList();
    return ops.cast(scope, ops.call(scope, "concatenate", Ops.of(states)), precision);
  }

  @Override
  public Words words(NDManager scope, long step, List<Caption> captions) {
    Map<List<Integer>, Shared> shared = new LinkedHashMap<>();
    List<NDArray> rows = new ArrayList<>();
    for (Caption caption : captions) {
      List<Integer> key = Arrays.stream(caption.tokenIds()).boxed().toList();
      Shared known = shared.computeIfAbsent(key, ids -> record(scope, step, caption));
      known.samples().add(rows.size());
      rows.add(known.states());
    }
    NDArray states = ops.cast(scope, ops.call(scope, "concatenate", Ops.of(rows)), precision);
    return new Words(
        states, Optional.of(gradient -> back(scope, List.copyOf(shared.values()), gradient)));
  }

  private Shared record(NDManager scope, long step, Caption caption) {
    adapter.drawDropout(scope, Network.TEXT_ENCODER, seed, step, caption.slot());
    NDArray states = ops.recordGradients(() -> states(scope, caption.tokenIds()));
    return new Shared(states, new ArrayList<>());
  }

  private NDArray states(NDManager scope, int[] ids) {
    long[] wide = Arrays.stream(ids).asLongStream().toArray();
    return textEncoder.hiddenStates(scope, scope.create(wide, new Shape(1, wide.length)), 0);
  }

  private void back(NDManager scope, List<Shared> captions, NDArray gradient) {
    NDArray whole = ops.toFp32(scope, gradient);
    for (Shared caption : captions) {
      NDArray sum = sample(scope, whole, caption.samples().get(0));
      for (int i : caption.samples().subList(1, caption.samples().size())) {
        sum = ops.call(scope, "sum_of", Ops.of(sum), Ops.of(sample(scope, whole, i)));
      }
      ops.backward(caption.states(), sum);
    }
  }

  private NDArray sample(NDManager scope, NDArray batch, int i) {
    return ops.call(scope, "sample", Ops.of(batch), Ops.of(ops.attrs(i)));
  }
}
