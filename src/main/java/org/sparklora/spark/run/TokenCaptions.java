package org.sparklora.spark.run;

import java.util.Set;
import java.util.TreeSet;
import org.apache.hadoop.conf.Configuration;
import org.sparklora.data.cache.LatentCache;
import org.sparklora.data.cache.LatentSample;
import org.sparklora.data.caption.Caption;
import org.sparklora.data.caption.CaptionTags;
import org.sparklora.data.caption.CaptionTemplates;
import org.sparklora.lora.NewToken;
import org.sparklora.util.InvalidInputException;

/** Checks captions of the data set from which new tokens will be learned. */
public final class TokenCaptions {
  private static final long MOST_LOOKED_AT = 64;

  private TokenCaptions() {}

  /**
   * Checks the first captions of each picture size of each data set.
   *
   * @param latents location of the latent cache
   * @throws InvalidInputException (DATA) when a token is in none of them, because it would not be
   *     learned
   */
  public static void require(TrainingConfig config, String latents, Configuration hadoop) {
    if (config.trainables().tokens().isEmpty()
        || config.data().captions().templates() != CaptionTemplates.CAPTION) {
      return;
    }
    Set<String> missing = new TreeSet<>();
    config.trainables().tokens().stream().map(NewToken::token).forEach(missing::add);
    CaptionTags tags = new CaptionTags(config.data().captions(), config.batch().seed());
    LatentCache cache = LatentCache.open(latents, hadoop);
    long looked = 0;
    long first = 0;
    for (long run : cache.sizes()) {
      long end = first + Math.min(MOST_LOOKED_AT, run);
      for (long i = first; i < end && !missing.isEmpty(); i++) {
        LatentSample sample = cache.get(i);
        for (Caption caption : sample.captions()) {
          String text = tags.caption(caption.text(), 0, sample.id());
          missing.removeIf(text::contains);
        }
      }
      looked += end - first;
      first += run;
    }
    if (!missing.isEmpty()) {
      throw InvalidInputException.data(
          "Invalid captions: "
              + String.join(", ", missing)
              + " is in none of the "
              + looked
              + " captions that were looked at, so it cannot be learned; write it into the"
              + " captions, or have them made: --learnable_property=object of textual-inversion,"
              + " --use_template=object of pivotal-tuning");
    }
  }
}
