package org.sparklora.lora.key;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.sparklora.lora.key.Slot.Part;
import org.sparklora.lora.lycoris.Algo;
import org.sparklora.lora.lycoris.ExactFactors;
import org.sparklora.lora.lycoris.Factor;
import org.sparklora.lora.lycoris.FactoredUpdate;
import org.sparklora.lora.lycoris.LycorisFactors;
import org.sparklora.lora.lycoris.Matrix;
import org.sparklora.model.file.TensorInfo;

/**
 * An update that LyCORIS writes in another form than {@code B A}: LoHa, LoKr, a whole difference,
 * or a LoCon with a core (Tucker).
 *
 * @param parts the module's tensors
 * @param values reads one
 */
record LycorisUpdate(Map<Part, TensorInfo> parts, Function<TensorInfo, float[]> values) {
  private static final Set<Part> LOHA =
      Set.of(Part.HADA_W1_A, Part.HADA_W1_B, Part.HADA_W2_A, Part.HADA_W2_B);
  private static final Set<Part> PLAIN = Set.of(Part.DOWN, Part.UP, Part.ALPHA, Part.MAGNITUDE);

  /** The names of all 3 x 3 convolutions of a UNet. */
  private static final Pattern CONVOLUTION =
      Pattern.compile(".*\\bconv[12]|.*samplers\\.\\d+\\.conv|conv_(in|out)");

  private static final int KERNEL = 3;

  /** Whether a module is of another kind than LoRA. */
  static boolean isOne(Set<Part> parts) {
    return !PLAIN.containsAll(parts);
  }

  /** Finds the problem with the tensors; empty if there is none. */
  Optional<String> problem(String module) {
    String beside = " beside " + parts.values().iterator().next().name();
    if (has(Part.DIFF_B) && anyNonZero(Part.DIFF_B)) {
      return Optional.of(
          parts.get(Part.DIFF_B).name() + " changes a bias; only changes of weights are read");
    }
    if (parts.keySet().stream().anyMatch(LOHA::contains)) {
      return parts.keySet().containsAll(LOHA) && has(Part.HADA_T1) == has(Part.HADA_T2)
          ? Optional.empty()
          : Optional.of(module + " has not all four factors of a LoHa" + beside);
    }
    if (has(Part.DIFF) || has(Part.MID)) {
      return has(Part.DIFF) || (has(Part.UP) && has(Part.DOWN))
          ? Optional.empty()
          : Optional.of(
              module
                  + " has no A (down) and B (up) beside a core (Tucker), "
                  + parts.get(Part.MID).name());
    }
    if (parts.keySet().equals(Set.of(Part.DIFF_B))) {
      return Optional.of(module + " has no change of a weight" + beside);
    }
    boolean one = has(Part.LOKR_W1) || (has(Part.LOKR_W1_A) && has(Part.LOKR_W1_B));
    boolean two = has(Part.LOKR_W2) || (has(Part.LOKR_W2_A) && has(Part.LOKR_W2_B));
    return one && two
        ? Optional.empty()
        : Optional.of(
            module + " has no whole " + (one ? "second" : "first") + " factor of a LoKr" + beside);
  }

  private boolean anyNonZero(Part part) {
    for (float value : values.apply(parts.get(part))) {
      if (value != 0) {
        return true;
      }
    }
    return false;
  }

  /** The rank that alpha is divided by; empty where the update is not scaled. */
  Optional<Integer> rank() {
    if (has(Part.MID)) {
      return size(Part.DOWN);
    }
    if (has(Part.HADA_W1_B)) {
      return size(Part.HADA_W1_B);
    }
    return size(Part.LOKR_W1_B).or(() -> size(Part.LOKR_W2_B));
  }

  private Optional<Integer> size(Part part) {
    return Optional.ofNullable(parts.get(part)).map(tensor -> Math.toIntExact(tensor.shape()[0]));
  }

  /** The factors of a LoHa or LoKr; empty for another update, or one that does not fit together. */
  Optional<FactoredUpdate> kept() {
    boolean loha = has(Part.HADA_W1_A);
    if (!loha && !has(Part.LOKR_W2) && !has(Part.LOKR_W2_B)) {
      return Optional.empty();
    }
    if (parts.values().stream().anyMatch(LycorisUpdate::isEmpty)) {
      return Optional.empty();
    }
    List<Optional<Part>> slots =
        loha
            ? List.of(
                Optional.of(Part.HADA_W1_A),
                Optional.of(Part.HADA_W1_B),
                present(Part.HADA_T1),
                Optional.of(Part.HADA_W2_A),
                Optional.of(Part.HADA_W2_B),
                present(Part.HADA_T2))
            : List.of(
                present(Part.LOKR_W1).or(() -> Optional.of(Part.LOKR_W1_A)),
                has(Part.LOKR_W1) ? Optional.empty() : Optional.of(Part.LOKR_W1_B),
                Optional.empty(),
                present(Part.LOKR_W2).or(() -> Optional.of(Part.LOKR_W2_A)),
                has(Part.LOKR_W2) ? Optional.empty() : Optional.of(Part.LOKR_W2_B),
                has(Part.LOKR_W2) ? Optional.empty() : present(Part.LOKR_T2));
    LycorisFactors factors =
        new LycorisFactors(
            loha ? Algo.LOHA : Algo.LOKR,
            slots.stream().map(slot -> slot.map(this::factor).orElse(Factor.ABSENT)).toList());
    if (!factors.fit()) {
      return Optional.empty();
    }
    float[] all = new float[factors.size()];
    for (LycorisFactors.Placed placed : factors.placed(0)) {
      float[] own = values.apply(parts.get(slots.get(placed.slot()).orElseThrow()));
      System.arraycopy(own, 0, all, placed.offset(), own.length);
    }
    return Optional.of(new FactoredUpdate(factors, all));
  }

  /** Whether a tensor is no matrix with values; an alpha is none. */
  private static boolean isEmpty(TensorInfo tensor) {
    return tensor.elements() == 0;
  }

  private Optional<Part> present(Part part) {
    return has(part) ? Optional.of(part) : Optional.empty();
  }

  private Factor factor(Part part) {
    return new Factor(part.name().toLowerCase(Locale.ROOT), parts.get(part).shape());
  }

  /** The update without its scale. */
  ExactFactors factors() {
    if (has(Part.DIFF)) {
      return ExactFactors.ofWhole(matrix(Part.DIFF));
    }
    if (has(Part.MID)) {
      return ExactFactors.ofTucker(
          matrix(Part.MID), matrix(Part.UP).transposed(), matrix(Part.DOWN));
    }
    if (has(Part.HADA_W1_A)) {
      return ExactFactors.ofHadamard(
          half(Part.HADA_T1, Part.HADA_W1_A, Part.HADA_W1_B),
          half(Part.HADA_T2, Part.HADA_W2_A, Part.HADA_W2_B));
    }
    ExactFactors one =
        has(Part.LOKR_W1)
            ? ExactFactors.ofWhole(matrix(Part.LOKR_W1))
            : new ExactFactors(matrix(Part.LOKR_W1_A), matrix(Part.LOKR_W1_B));
    ExactFactors two =
        has(Part.LOKR_W2)
            ? ExactFactors.ofWhole(matrix(Part.LOKR_W2))
            : half(Part.LOKR_T2, Part.LOKR_W2_A, Part.LOKR_W2_B);
    return ExactFactors.ofKronecker(one, two);
  }

  /** Multiplies two factors, or three if there is a core. */
  private ExactFactors half(Part core, Part outer, Part inner) {
    return has(core)
        ? ExactFactors.ofTucker(matrix(core), matrix(outer), matrix(inner))
        : new ExactFactors(matrix(outer), matrix(inner));
  }

  /**
   * Returns A's shape. Not every tensor shows the kernel's size, so it follows from the layer's
   * name.
   */
  static long[] downShape(String module, ExactFactors factors) {
    return downShape(module, factors.rank(), factors.down().columns());
  }

  static long[] downShape(String module, FactoredUpdate factors) {
    return downShape(module, factors.rank(), factors.factors().columns());
  }

  private static long[] downShape(String module, int rank, long inputs) {
    int kernel = KERNEL * KERNEL;
    return CONVOLUTION.matcher(module).matches() && inputs % kernel == 0
        ? new long[] {rank, inputs / kernel, KERNEL, KERNEL}
        : new long[] {rank, inputs};
  }

  static long[] upShape(long[] downShape, ExactFactors factors) {
    return downShape.length == 4
        ? new long[] {factors.up().rows(), factors.rank(), 1, 1}
        : new long[] {factors.up().rows(), factors.rank()};
  }

  private boolean has(Part part) {
    return parts.containsKey(part);
  }

  private Matrix matrix(Part part) {
    TensorInfo tensor = parts.get(part);
    return Matrix.of(tensor.shape()[0], values.apply(tensor));
  }
}
