package org.sparklora.lora.key;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.sparklora.lora.AdaptedModule;
import org.sparklora.lora.lycoris.ExactFactors;
import org.sparklora.lora.lycoris.FactoredUpdate;
import org.sparklora.model.Network;
import org.sparklora.model.file.TensorFile;
import org.sparklora.model.file.TensorFloats;
import org.sparklora.model.file.TensorInfo;
import org.sparklora.model.file.TensorType;
import org.sparklora.util.InvalidInputException;

/** Gathers a file's tensors into modules. Each needs an A and a B that fit each other. */
public final class ModuleGathering {
  private static final int MOST_NAMES = 12;

  private record Module(Network network, String name) {}

  private final TensorFile file;
  private final Map<Module, Map<Slot.Part, TensorInfo>> modules = new LinkedHashMap<>();
  private final List<String> problems = new ArrayList<>();

  public ModuleGathering(TensorFile file) {
    this.file = file;
  }

  /**
   * Sorts every tensor of the file into its module.
   *
   * @param slots meaning of a name; empty for an unknown name
   */
  public ModuleGathering addAll(Function<String, Optional<Slot>> slots) {
    file.tensors().values().forEach(tensor -> add(tensor, slots.apply(tensor.name())));
    return this;
  }

  /** Sorts one tensor into its module. Without a slot its meaning is unknown. */
  public void add(TensorInfo tensor, Optional<Slot> known) {
    if (known.isEmpty()) {
      problems.add("unknown tensor " + tensor.name());
      return;
    }
    Slot slot = known.get();
    Module module = new Module(slot.network(), slot.module());
    TensorInfo before =
        modules
            .computeIfAbsent(module, m -> new EnumMap<>(Slot.Part.class))
            .putIfAbsent(slot.part(), tensor);
    if (before != null) {
      problems.add(before.name() + " and " + tensor.name() + " are the same tensor twice");
    }
  }

  /**
   * The modules, in the order of the file.
   *
   * @param alphas alpha of modules for which the file has no alpha tensor
   * @throws InvalidInputException (DATA) with all problems
   */
  public List<AdaptedModule> modules(AlphaRule alphas) {
    modules.entrySet().removeIf(module -> isSpare(module.getKey(), module.getValue()));
    modules.forEach(this::check);
    if (!problems.isEmpty()) {
      throw invalid();
    }
    List<AdaptedModule> adapted = new ArrayList<>();
    modules.forEach((module, parts) -> adapted.add(read(module, parts, alphas)));
    return adapted;
  }

  /**
   * Whether a module is a spare pair: the oldest files of diffusers hold pairs with a B of zero
   * that their own tool never applied.
   */
  private boolean isSpare(Module module, Map<Slot.Part, TensorInfo> parts) {
    TensorInfo up = parts.get(Slot.Part.UP);
    if (!DiffusersKeys.isSpare(module.name()) || up == null) {
      return false;
    }
    for (float value : TensorFloats.read(file, up.name())) {
      if (value != 0) {
        return false;
      }
    }
    return true;
  }

  private void check(Module module, Map<Slot.Part, TensorInfo> parts) {
    if (!NetworkModules.has(module.network(), module.name())) {
      problems.add(
          parts.values().iterator().next().name()
              + " is for "
              + module.name()
              + ", a layer that no "
              + module.network().text()
              + " of Stable Diffusion has");
      return;
    }
    if (LycorisUpdate.isOne(parts.keySet())) {
      lycoris(parts).problem(module.name()).ifPresent(problems::add);
      return;
    }
    TensorInfo down = parts.get(Slot.Part.DOWN);
    TensorInfo up = parts.get(Slot.Part.UP);
    if (down == null || up == null) {
      problems.add(
          module.name()
              + " has no "
              + (down == null ? "A (down)" : "B (up)")
              + " beside "
              + parts.values().iterator().next().name());
      return;
    }
    if (!fit(down.shape(), up.shape())) {
      problems.add(down + " and " + up + " are not two factors of an update");
    }
    TensorInfo alpha = parts.get(Slot.Part.ALPHA);
    if (alpha != null && (alpha.elements() != 1 || alpha.type() == TensorType.BOOL)) {
      problems.add(alpha + " is not a single number");
    }
    TensorInfo magnitude = parts.get(Slot.Part.MAGNITUDE);
    if (magnitude != null && magnitude.elements() != up.shape()[0]) {
      problems.add(magnitude + " is not a magnitude for each row of " + up);
    }
  }

  /**
   * Whether shapes are those of an A and a B of one rank: {@code r x in} and {@code out x r}, or
   * {@code r x in x k x k} and {@code out x r x 1 x 1}.
   */
  private static boolean fit(long[] down, long[] up) {
    boolean linear = down.length == 2 && up.length == 2;
    boolean convolution =
        down.length == 4 && up.length == 4 && up[2] == 1 && up[3] == 1 && down[2] * down[3] > 0;
    return (linear || convolution)
        && down[0] > 0
        && down[1] > 0
        && up[0] > 0
        && up[1] == down[0]
        && down[0] <= Integer.MAX_VALUE;
  }

  private LycorisUpdate lycoris(Map<Slot.Part, TensorInfo> parts) {
    return new LycorisUpdate(parts, tensor -> TensorFloats.read(file, tensor.name()));
  }

  private AdaptedModule read(Module module, Map<Slot.Part, TensorInfo> parts, AlphaRule alphas) {
    if (LycorisUpdate.isOne(parts.keySet())) {
      return readLycoris(module, parts, alphas);
    }
    TensorInfo down = parts.get(Slot.Part.DOWN);
    TensorInfo up = parts.get(Slot.Part.UP);
    TensorInfo alpha = parts.get(Slot.Part.ALPHA);
    int rank = Math.toIntExact(down.shape()[0]);
    return new AdaptedModule(
        module.network(),
        module.name(),
        down.shape(),
        TensorFloats.read(file, down.name()),
        up.shape(),
        TensorFloats.read(file, up.name()),
        alpha(module, alphas, rank, alpha),
        Optional.ofNullable(parts.get(Slot.Part.MAGNITUDE))
            .map(magnitude -> TensorFloats.read(file, magnitude.name())));
  }

  /** Reads an update of another kind, as factors or as {@code B A} of its rank. */
  private AdaptedModule readLycoris(
      Module module, Map<Slot.Part, TensorInfo> parts, AlphaRule alphas) {
    LycorisUpdate update = lycoris(parts);
    double scale =
        update
            .rank()
            .map(rank -> alpha(module, alphas, rank, parts.get(Slot.Part.ALPHA)) / rank)
            .orElseGet(() -> alphas.scaleOfWhole(module.name()));
    Optional<float[]> magnitude =
        Optional.ofNullable(parts.get(Slot.Part.MAGNITUDE))
            .map(lengths -> TensorFloats.read(file, lengths.name()));
    Optional<FactoredUpdate> kept = update.kept();
    if (kept.isPresent()) {
      long[] shape = LycorisUpdate.downShape(module.name(), kept.get());
      return AdaptedModule.of(module.network(), module.name(), shape, kept.get(), scale, magnitude);
    }
    ExactFactors factors = update.factors();
    long[] down = LycorisUpdate.downShape(module.name(), factors);
    return new AdaptedModule(
        module.network(),
        module.name(),
        down,
        factors.down().floats(),
        LycorisUpdate.upShape(down, factors),
        factors.up().floats(),
        scale * factors.rank(),
        magnitude);
  }

  private double alpha(Module module, AlphaRule alphas, int rank, TensorInfo stored) {
    double alpha =
        stored == null
            ? alphas.alpha(module.network(), module.name(), rank)
            : TensorFloats.number(file, stored.name());
    if (!Float.isFinite((float) alpha) || alpha == 0) {
      throw InvalidInputException.data(
          "Invalid adapter "
              + file.source()
              + ": alpha of "
              + module.name()
              + " is "
              + alpha
              + "; the update is scaled by alpha / rank, so it must be a finite number other than"
              + " zero");
    }
    return alpha;
  }

  private InvalidInputException invalid() {
    List<String> shown = new ArrayList<>();
    shown.add("Invalid adapter " + file.source() + ": not every tensor is understood");
    shown.addAll(problems.subList(0, Math.min(problems.size(), MOST_NAMES)));
    if (problems.size() > MOST_NAMES) {
      shown.add("and " + (problems.size() - MOST_NAMES) + " more");
    }
    return new InvalidInputException(InvalidInputException.Kind.DATA, shown);
  }
}
