package org.sparklora.lora.key;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntToDoubleFunction;
import org.sparklora.lora.key.Slot.Part;
import org.sparklora.lora.lycoris.Matrix;
import org.sparklora.lora.relative.BlockRotation;
import org.sparklora.lora.relative.Blocks;
import org.sparklora.lora.relative.Butterfly;
import org.sparklora.lora.relative.ChannelScale;
import org.sparklora.lora.relative.Glora;
import org.sparklora.lora.relative.RelativeUpdate;
import org.sparklora.model.file.TensorFile;
import org.sparklora.model.file.TensorFloats;
import org.sparklora.model.file.TensorInfo;
import org.sparklora.model.file.TensorType;
import org.sparklora.util.InvalidInputException;

/**
 * The tensors of a module whose update depends on the base model's weight.
 *
 * @param parts the module's tensors
 */
record RelativeParts(Map<Part, TensorInfo> parts, TensorFile file) {
  private static final Set<Part> GLORA =
      Set.of(Part.GLORA_A1, Part.GLORA_A2, Part.GLORA_B1, Part.GLORA_B2);
  private static final Set<Part> IA3 = Set.of(Part.IA3_WEIGHT, Part.IA3_ON_INPUT);

  /** The kinds: what must be there, and what may. */
  private static final List<Kind> KINDS =
      List.of(
          new Kind("a GLoRA", GLORA, Set.of(Part.ALPHA)),
          new Kind(
              "an OFT",
              Set.of(Part.OFT_BLOCKS),
              Set.of(Part.ALPHA, Part.RESCALE, Part.OFT_CONSTRAINT)),
          new Kind("an OFT of PEFT", Set.of(Part.OFT_R), Set.of()),
          new Kind("an IA3", IA3, Set.of()),
          new Kind("an IA3 of PEFT", Set.of(Part.IA3_L), Set.of()));

  private record Kind(String name, Set<Part> needed, Set<Part> possible) {
    boolean isIn(Set<Part> parts) {
      return needed.stream().anyMatch(parts::contains);
    }
  }

  /** Whether a module is of such a kind. */
  static boolean isOne(Set<Part> parts) {
    return parts.contains(Part.RESCALE) || KINDS.stream().anyMatch(kind -> kind.isIn(parts));
  }

  /** Finds the problem with the tensors; empty if there is none. */
  Optional<String> problem(String module) {
    String first = parts.values().iterator().next().name();
    Optional<Kind> found = KINDS.stream().filter(one -> one.isIn(parts.keySet())).findFirst();
    if (found.isEmpty()) {
      return Optional.of(module + " has no blocks of an OFT beside " + first);
    }
    Kind kind = found.get();
    if (!parts.keySet().containsAll(kind.needed())) {
      return Optional.of(module + " has not all tensors of " + kind.name() + " beside " + first);
    }
    return parts.entrySet().stream()
        .filter(p -> !kind.needed().contains(p.getKey()) && !kind.possible().contains(p.getKey()))
        .findFirst()
        .map(p -> p.getValue().name() + " is not a tensor of " + kind.name())
        .or(this::misshaped);
  }

  private Optional<String> misshaped() {
    for (Map.Entry<Part, TensorInfo> part : parts.entrySet()) {
      TensorInfo tensor = part.getValue();
      long[] shape = tensor.shape();
      if (tensor.elements() == 0 || tensor.elements() > Integer.MAX_VALUE) {
        return Optional.of(tensor + " has no values, or too many");
      }
      String wrong =
          switch (part.getKey()) {
            case ALPHA, OFT_CONSTRAINT, IA3_ON_INPUT ->
                tensor.elements() == 1 && tensor.type() != TensorType.BOOL
                    ? ""
                    : " is not a single number";
            case OFT_BLOCKS ->
                (shape.length == 3 || shape.length == 4)
                        && shape[shape.length - 1] == shape[shape.length - 2]
                    ? ""
                    : " is not square blocks of an OFT";
            case OFT_R ->
                shape.length == 2 && blockSize(shape[1]) > 0 ? "" : " is not triangles of blocks";
            case GLORA_A1, GLORA_A2, GLORA_B1, GLORA_B2 ->
                isFactor(shape) ? "" : " is not a factor of a GLoRA";
            case RESCALE, IA3_WEIGHT, IA3_L ->
                Arrays.stream(shape).max().orElse(1) == tensor.elements()
                    ? ""
                    : " is not one number for each input or output";
            default -> "";
          };
      if (!wrong.isEmpty()) {
        return Optional.of(tensor + wrong);
      }
    }
    return unfit();
  }

  private static boolean isFactor(long[] shape) {
    return shape.length == 2 || shape.length == 4;
  }

  /** Tensors that do not fit each other. */
  private Optional<String> unfit() {
    if (parts.containsKey(Part.GLORA_A1)) {
      boolean fit =
          size(Part.GLORA_A1, 0) == size(Part.GLORA_A2, 1)
              && size(Part.GLORA_A1, 1) == size(Part.GLORA_A2, 0)
              && size(Part.GLORA_B1, 1) == size(Part.GLORA_B2, 0)
              && size(Part.GLORA_A2, 0) == size(Part.GLORA_B2, 0)
              && isFlat(Part.GLORA_A1)
              && isFlat(Part.GLORA_A2)
              && isFlat(Part.GLORA_B1);
      return fit
          ? Optional.empty()
          : Optional.of(parts.get(Part.GLORA_A1) + " and its like are not factors of one rank");
    }
    if (parts.containsKey(Part.RESCALE)
        && parts.get(Part.RESCALE).elements() != outputs(parts.get(Part.OFT_BLOCKS))) {
      return Optional.of(
          parts.get(Part.RESCALE)
              + " is not a factor for each output of "
              + parts.get(Part.OFT_BLOCKS));
    }
    return Optional.empty();
  }

  private static long outputs(TensorInfo blocks) {
    long[] shape = blocks.shape();
    return shape[shape.length - 3] * shape[shape.length - 1];
  }

  private long size(Part part, int dimension) {
    return parts.get(part).shape()[dimension];
  }

  /** Whether a factor has no kernel. */
  private boolean isFlat(Part part) {
    return size(part, 0) * size(part, 1) == parts.get(part).elements();
  }

  /** The rows of a block with so many values above its diagonal; 0 if there is none. */
  private static int blockSize(long values) {
    int size = (int) Math.round((1 + Math.sqrt(1 + 8.0 * values)) / 2);
    return (long) size * (size - 1) / 2 == values ? size : 0;
  }

  /**
   * The update.
   *
   * @param alphas gives alpha for a rank
   * @param settings of PEFT
   * @throws InvalidInputException (DATA) when a number is none that the method can have
   */
  RelativeUpdate update(
      String module, IntToDoubleFunction alphas, Optional<PeftRelative> settings) {
    if (parts.containsKey(Part.GLORA_A1)) {
      int rank = Math.toIntExact(size(Part.GLORA_A2, 0));
      return new Glora(
          matrix(Part.GLORA_A1),
          matrix(Part.GLORA_A2),
          matrix(Part.GLORA_B1),
          matrix(Part.GLORA_B2),
          alphas.applyAsDouble(rank) / rank);
    }
    if (parts.containsKey(Part.OFT_BLOCKS)) {
      return rotation();
    }
    if (parts.containsKey(Part.IA3_WEIGHT)) {
      return new ChannelScale(numbers(Part.IA3_WEIGHT), onInput(), false);
    }
    String method = parts.containsKey(Part.OFT_R) ? "OFT" : "IA3";
    PeftRelative said =
        settings
            .filter(own -> own.method().equals(method))
            .orElseThrow(
                () ->
                    InvalidInputException.data(
                        "Invalid adapter "
                            + file.source()
                            + ": "
                            + parts.values().iterator().next().name()
                            + " is of "
                            + method
                            + ", and peft_type says another method; the settings are of another"
                            + " adapter"));
    return method.equals("OFT") ? inputs(said) : scale(module, said);
  }

  private RelativeUpdate rotation() {
    TensorInfo tensor = parts.get(Part.OFT_BLOCKS);
    long[] shape = tensor.shape();
    int size = Math.toIntExact(shape[shape.length - 1]);
    float[] values = TensorFloats.read(file, tensor.name());
    Matrix[] squares = new Matrix[values.length / size / size];
    for (int i = 0; i < squares.length; i++) {
      squares[i] =
          Matrix.of(size, Arrays.copyOfRange(values, i * size * size, (i + 1) * size * size));
    }
    Blocks blocks = new Blocks(squares, constraint(outputs(tensor)));
    Optional<double[]> rescale =
        parts.containsKey(Part.RESCALE) ? Optional.of(numbers(Part.RESCALE)) : Optional.empty();
    return shape.length == 3
        ? new BlockRotation(blocks, rescale)
        : new Butterfly(blocks, Math.toIntExact(shape[0]), rescale);
  }

  /** LyCORIS' alpha is a constraint if it is above zero, kohya's also if it is zero. */
  private double constraint(long outputs) {
    boolean always = parts.containsKey(Part.OFT_CONSTRAINT);
    TensorInfo stored = parts.get(always ? Part.OFT_CONSTRAINT : Part.ALPHA);
    if (stored == null) {
      return Double.POSITIVE_INFINITY;
    }
    double alpha = TensorFloats.number(file, stored.name());
    if (!Double.isFinite(alpha) || alpha < 0) {
      throw InvalidInputException.data(
          "Invalid adapter "
              + file.source()
              + ": "
              + stored.name()
              + " is "
              + alpha
              + "; it is the constraint of an OFT, a finite number of at least zero");
    }
    return alpha > 0 || always ? alpha * outputs : Double.POSITIVE_INFINITY;
  }

  private boolean onInput() {
    TensorInfo stored = parts.get(Part.IA3_ON_INPUT);
    double number = TensorFloats.number(file, stored.name());
    if (number != 0 && number != 1) {
      throw InvalidInputException.data(
          "Invalid adapter "
              + file.source()
              + ": "
              + stored.name()
              + " is "
              + number
              + "; it is 1 for factors of inputs and 0 for those of outputs");
    }
    return number == 1;
  }

  private RelativeUpdate inputs(PeftRelative said) {
    TensorInfo tensor = parts.get(Part.OFT_R);
    int count = Math.toIntExact(tensor.shape()[0]);
    return PeftBlocks.of(TensorFloats.read(file, tensor.name()), count, said);
  }

  /** PEFT stores the factors of a linear layer as a row for inputs, as a column for outputs. */
  private RelativeUpdate scale(String module, PeftRelative said) {
    double[] change = numbers(Part.IA3_L);
    for (int i = 0; i < change.length; i++) {
      change[i] -= 1;
    }
    long[] shape = parts.get(Part.IA3_L).shape();
    boolean onInput =
        (shape.length == 2 && shape[0] != shape[1]) ? shape[0] == 1 : said.isFeedForward(module);
    return new ChannelScale(change, onInput, !onInput);
  }

  private Matrix matrix(Part part) {
    TensorInfo tensor = parts.get(part);
    return Matrix.of(tensor.shape()[0], TensorFloats.read(file, tensor.name()));
  }

  private double[] numbers(Part part) {
    return Matrix.of(1, TensorFloats.read(file, parts.get(part).name())).values();
  }
}
