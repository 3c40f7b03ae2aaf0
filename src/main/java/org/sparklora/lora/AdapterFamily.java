package org.sparklora.lora;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.sparklora.model.ModelFamily;
import org.sparklora.model.Network;

/** Derives from an adapter's modules the family of models that it is for. */
public final class AdapterFamily {
  private static final int XL_TEXT_WIDTH = 2048;
  private static final Set<Long> SD_TEXT_WIDTHS = Set.of(768L, 1024L);
  private static final Pattern OF_TEXT = Pattern.compile(".*\\.attn2\\.to_[kv]");

  /** Modules that only SDXL has: later blocks of a transformer, and the embedding of sizes. */
  private static final Pattern XL =
      Pattern.compile("add_embedding\\..*|.*\\.transformer_blocks\\.[1-9].*");

  /**
   * Modules that only SD 1.x and 2.x have: a fourth resolution, and attention at the finest one.
   */
  private static final Pattern SD =
      Pattern.compile("(down|up)_blocks\\.3\\..*|down_blocks\\.0\\.attentions\\..*");

  private AdapterFamily() {}

  /** Returns the family; empty if no module belongs to one family only. */
  public static Optional<ModelFamily> of(List<AdaptedModule> modules) {
    if (modules.stream().anyMatch(AdapterFamily::isOfXl)) {
      return Optional.of(ModelFamily.STABLE_DIFFUSION_XL);
    }
    return modules.stream().anyMatch(AdapterFamily::isOfSd)
        ? Optional.of(ModelFamily.STABLE_DIFFUSION)
        : Optional.empty();
  }

  private static boolean isOfXl(AdaptedModule module) {
    if (module.network() != Network.UNET) {
      return module.network() == Network.TEXT_ENCODER_2;
    }
    return XL.matcher(module.name()).matches()
        || (isOfText(module) && module.downShape()[1] == XL_TEXT_WIDTH);
  }

  private static boolean isOfSd(AdaptedModule module) {
    return module.network() == Network.UNET
        && (SD.matcher(module.name()).matches()
            || (isOfText(module) && SD_TEXT_WIDTHS.contains(module.downShape()[1])));
  }

  private static boolean isOfText(AdaptedModule module) {
    return OF_TEXT.matcher(module.name()).matches();
  }
}
