package org.sparklora.spark.worker;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sparklora.lora.AdaptedModule;
import org.sparklora.lora.Adapter;
import org.sparklora.lora.AdapterLayout;
import org.sparklora.lora.InitialAdapter;
import org.sparklora.lora.Trainables;
import org.sparklora.lora.combine.AdapterStart;
import org.sparklora.lora.format.AdapterFile;
import org.sparklora.lora.lycoris.FactoredUpdate;
import org.sparklora.model.folder.ModelFolder;
import org.sparklora.util.ContentHash;

/** Reads the adapter of {@code --init_lora}, from which a run starts. */
public final class InitialAdapterFile {
  private static final Logger LOG = LoggerFactory.getLogger(InitialAdapterFile.class);

  private InitialAdapterFile() {}

  /**
   * The same trainables, with the layers and ranks of the file of {@code --init_lora}, and its
   * hash.
   *
   * @throws org.sparklora.util.InvalidInputException when it cannot be read or used
   */
  public static Trainables pin(Trainables trainables, Configuration hadoop) {
    Optional<InitialAdapter> initial = trainables.initial();
    if (initial.isEmpty()) {
      return trainables;
    }
    Adapter adapter = read(initial.get(), hadoop);
    boolean factored = trainables.unet().filter(lora -> !lora.lycoris().isLora()).isPresent();
    Trainables pinned = trainables.startingFrom(sha256(adapter, factored));
    return initial.get().layersOfFile() ? new AdapterStart(adapter).layersOfFile(pinned) : pinned;
  }

  /**
   * Checks that the adapter of {@code --init_lora}, if there is one, fits the layers to train.
   *
   * @throws org.sparklora.util.InvalidInputException when it does not
   */
  public static void check(Trainables trainables, AdapterLayout layout, Configuration hadoop) {
    trainables.initial().ifPresent(from -> new AdapterStart(read(from, hadoop)).requireFit(layout));
  }

  /**
   * The values that training starts from: those of a new adapter, or those of {@code --init_lora}.
   */
  public static float[] values(
      Trainables trainables,
      AdapterLayout layout,
      long seed,
      ModelFolder base,
      Configuration hadoop) {
    float[] fresh = layout.initialValues(seed, new BaseWeights(base));
    if (trainables.initial().isEmpty()) {
      return fresh;
    }
    String location = trainables.initial().get().location();
    AdapterStart start = new AdapterStart(read(trainables.initial().get(), hadoop));
    AdapterStart.Values values = start.in(layout, fresh);
    LOG.info(
        "Going on from {}: {} of its {} modules' squared norm",
        location,
        values.retained() == 1 ? "all" : String.valueOf(values.retained()),
        start.adapter().modules().size());
    return values.values();
  }

  private static Adapter read(InitialAdapter initial, Configuration hadoop) {
    return AdapterFile.read(initial.location(), hadoop).requireFinite().adapter();
  }

  /**
   * @param factored whether training goes on with the factors of LoHa and LoKr
   */
  private static String sha256(Adapter adapter, boolean factored) {
    MessageDigest digest = ContentHash.sha256();
    for (AdaptedModule module : adapter.modules()) {
      digest.update(
          (module.network() + " " + module.name() + " " + module.alpha())
              .getBytes(StandardCharsets.UTF_8));
      Optional<float[]> factors =
          factored ? module.factors().map(FactoredUpdate::values) : Optional.empty();
      if (factors.isPresent()) {
        update(digest, factors.get());
      } else {
        update(digest, module.down());
        update(digest, module.up());
      }
      module.magnitude().ifPresent(lengths -> update(digest, lengths));
    }
    return ContentHash.hex(digest);
  }

  private static void update(MessageDigest digest, float[] values) {
    ByteBuffer bytes = ByteBuffer.allocate(Float.BYTES * values.length);
    bytes.asFloatBuffer().put(values);
    digest.update(bytes);
  }
}
