package org.sparklora.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.List;
import java.util.Optional;
import org.sparklora.nn.text.EncodedText;
import org.sparklora.tensor.Ops;
import org.sparklora.tensor.Precision;

/** Captions that were encoded one by one, put together. */
final class CaptionBatch {
  private CaptionBatch() {}

  /** A batch of captions, in the order given. */
  static EncodedText of(Ops ops, NDManager scope, List<EncodedText> captions) {
    NDArray states =
        ops.call(scope, "concatenate", Ops.of(captions.stream().map(EncodedText::states).toList()));
    if (captions.get(0).pooled().isEmpty()) {
      return EncodedText.of(states);
    }
    List<NDArray> pooled = captions.stream().map(text -> text.pooled().orElseThrow()).toList();
    return new EncodedText(states, Optional.of(ops.call(scope, "concatenate", Ops.of(pooled))));
  }

  /** The same in another type. */
  static EncodedText cast(Ops ops, NDManager scope, EncodedText text, Precision precision) {
    return new EncodedText(
        ops.cast(scope, text.states(), precision),
        text.pooled().map(pooled -> ops.cast(scope, pooled, precision)));
  }
}
