package org.sparklora.lora.lycoris;

import java.io.Serializable;
import java.util.Map;
import java.util.Optional;
import org.sparklora.flag.Flag;
import org.sparklora.flag.FlagRecipe;
import org.sparklora.flag.InRecipe;
import org.sparklora.flag.WholeNumber;

/**
 * How updates are made of factors. The flags have the names of LyCORIS' {@code network_args}.
 *
 * @param factor what the first side of a LoKr's W1 should be, see {@link SideLengths}
 * @param decomposeBoth whether W1 of a LoKr may be a product, too
 * @param fullMatrix whether W2 of a LoKr is a whole matrix
 * @param tucker whether convolutions have a core of {@code r x r x k x k}
 */
public record LycorisConfig(
    @Flag(
            names = "--algo",
            label = "lora|loha|lokr",
            help =
                "How a layer's update is made of factors: lora, or LyCORIS' loha or lokr (default:"
                    + " ${DEFAULT-VALUE}).")
        @InRecipe
        Algo algo,
    @Flag(
            names = "--factor",
            label = "N",
            help =
                "With --algo=lokr, the size of the first of the two matrices; -1 makes both alike"
                    + " (default: ${DEFAULT-VALUE}).")
        @WholeNumber(min = -1, max = 65_536)
        @InRecipe
        int factor,
    @Flag(
            names = "--decompose_both",
            help =
                "With --algo=lokr, make the first matrix of two factors, too, where it is large.")
        @InRecipe
        boolean decomposeBoth,
    @Flag(
            names = "--full_matrix",
            help = "With --algo=lokr, train the second matrix whole, whatever the rank.")
        @InRecipe
        boolean fullMatrix,
    @Flag(
            names = "--use_tucker",
            help =
                "With --algo=loha or lokr, make the updates of 3 x 3 convolutions of a core and two"
                    + " factors.")
        @InRecipe
        boolean tucker)
    implements Serializable {
  /** LoRA. */
  public static final LycorisConfig LORA = new LycorisConfig(Algo.LORA, -1, false, false, false);

  /** Whether updates are LoRA's. */
  public boolean isLora() {
    return algo == Algo.LORA;
  }

  /** The settings that a resumed run must share, by flag. */
  public Map<String, String> recipe() {
    return FlagRecipe.of(this, LORA);
  }

  /**
   * Returns the factors of a layer; empty for LoRA.
   *
   * @param weight the shape of the layer's weight
   */
  public Optional<LycorisFactors> factors(long[] weight, int rank) {
    return switch (algo) {
      case LORA -> Optional.empty();
      case LOHA -> Optional.of(FactorShapes.loha(weight, rank, tucker));
      case LOKR -> Optional.of(new FactorShapes(this, weight, rank).lokr());
    };
  }
}
