package org.sparklora.train;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.sparklora.nn.text.EncodedText;
import org.sparklora.tensor.Ops;
import org.sparklora.tensor.Precision;

/** Captions that were encoded before; here there is no text encoder. */
class TextConditionerTest {
  private static final int WORDS = 3;
  private static final int[] ONE = {1, 2, 3};
  private static final int[] OTHER = {1, 4, 3};

  private final List<Integer> found = new ArrayList<>();

  @Test
  void aCaptionIsReadOnceWhileItIsKept() {
    try (Ops ops = Ops.open(Device.cpu(), 1);
        NDManager scope = ops.manager().newSubManager()) {
      TextConditioner text = conditioner(ops, 1);
      Optional<CaptionStates.Encoded> ahead = text.stored(ONE);
      TextEncoding.Caption caption = new TextEncoding.Caption(ONE, 0, ahead);
      float[] states = states(text.words(scope, 0, List.of(caption, caption)));
      assertThat(states).containsExactly(1, 2, 3, 1, 2, 3);
      assertThat(text.stored(ONE)).as("it is kept").isEmpty();
      assertThat(states(text.words(scope, 1, List.of(new TextEncoding.Caption(ONE, 0)))))
          .containsExactly(1, 2, 3);
      assertThat(found).containsExactly(2);
      assertThat(text.encode(scope, List.of(OTHER)).states().toFloatArray())
          .containsExactly(1, 4, 3);
      assertThat(text.stored(ONE)).as("there is room for one").isPresent();
      assertThat(found).containsExactly(2, 4, 2);
    }
  }

  @Test
  void whatIsReadAheadIsSharedWhileASampleHoldsIt() {
    try (Ops ops = Ops.open(Device.cpu(), 1)) {
      TextConditioner text = conditioner(ops, 1);
      Optional<CaptionStates.Encoded> held = text.stored(ONE);
      assertThat(text.stored(ONE).orElseThrow()).isSameAs(held.orElseThrow());
      assertThat(found).containsExactly(2);
    }
  }

  /** Java's memory from which it was made is free then, and other values are in it. */
  @Test
  void aKeptCaptionStaysWhatItIsWhenMemoryIsCollected() {
    int captions = 2000;
    try (Ops ops = Ops.open(Device.cpu(), 1);
        NDManager scope = ops.manager().newSubManager()) {
      TextConditioner text = conditioner(ops, captions);
      for (int i = 0; i < captions; i++) {
        EncodedText unused = text.encode(scope, List.of(new int[] {i, i + 1, i + 2}));
      }
      System.gc();
      try (NDManager other = ops.manager().newSubManager()) {
        for (int i = 0; i < 10 * captions; i++) {
          NDArray unused = other.create(new float[] {-1, -1, -1});
        }
        for (int i = 0; i < captions; i++) {
          assertThat(
                  text.encode(other, List.of(new int[] {i, i + 1, i + 2})).states().toFloatArray())
              .containsExactly(i, i + 1, i + 2);
        }
      }
    }
  }

  private TextConditioner conditioner(Ops ops, int capacity) {
    return new TextConditioner(
        ops,
        () -> {
          throw new IllegalStateException("there is no text encoder");
        },
        Precision.FP32,
        capacity,
        0,
        this::find);
  }

  /** Three hidden states of one value each, which are the ids. */
  private Optional<CaptionStates.Encoded> find(int[] ids) {
    found.add(ids[1]);
    float[] states = {ids[0], ids[1], ids[2]};
    return Optional.of(new CaptionStates.Encoded(WORDS, states, Optional.empty()));
  }

  private static float[] states(Words words) {
    return words.text().states().toFloatArray();
  }
}
