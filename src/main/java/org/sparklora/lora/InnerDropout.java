package org.sparklora.lora;

import java.io.Serializable;
import java.util.Map;
import org.sparklora.flag.Flag;
import org.sparklora.flag.FlagRecipe;
import org.sparklora.flag.InRecipe;
import org.sparklora.flag.RealNumber;
import org.sparklora.tensor.KeyedRandom;
import org.sparklora.tensor.KeyedRandom.Purpose;

/**
 * Dropout between A and B while training, as kohya's {@code networks.lora} has it. Each sample has
 * masks of its own.
 */
public record InnerDropout(
    @Flag(
            names = "--network_dropout",
            label = "P",
            help = "Dropout between A and B during training (default: ${DEFAULT-VALUE}).")
        @RealNumber(min = 0, max = 1, belowMax = true)
        @InRecipe
        double values,
    @Flag(
            names = "--rank_dropout",
            label = "P",
            help =
                "Share of an adapter's ranks left out for a picture (default: ${DEFAULT-VALUE}).")
        @RealNumber(min = 0, max = 1, belowMax = true)
        @InRecipe
        double ranks,
    @Flag(
            names = "--module_dropout",
            label = "P",
            help =
                "Share of the layers' adapters left out for a picture (default: ${DEFAULT-VALUE}).")
        @RealNumber(min = 0, max = 1, belowMax = true)
        @InRecipe
        double modules)
    implements Serializable {
  public static final InnerDropout NONE = new InnerDropout(0, 0, 0);

  boolean isNone() {
    return equals(NONE);
  }

  Map<String, String> recipe() {
    return FlagRecipe.of(this, NONE);
  }

  /**
   * Returns the numbers from which the op library draws the masks of a module: the probabilities of
   * keeping values, ranks and the module, in units of 2<sup>-32</sup>, and then a key for each
   * sample.
   *
   * @param slots positions of the micro-batch's samples among the step's samples
   */
  long[] keys(int module, long seed, long step, long... slots) {
    long[] keys = new long[3 + slots.length];
    keys[0] = kept(values);
    keys[1] = kept(ranks);
    keys[2] = kept(modules);
    for (int j = 0; j < slots.length; j++) {
      KeyedRandom random = KeyedRandom.of(seed, Purpose.INNER_DROPOUT, step, slots[j]);
      keys[3 + j] = (random.bits() + module * 0x9E3779B97F4A7C15L) >>> 32;
    }
    return keys;
  }

  private static long kept(double dropped) {
    return Math.round((1 - dropped) * 0x1p32);
  }
}
