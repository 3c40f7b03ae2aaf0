package org.sparklora.lora.key;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The keys of PEFT: those of its LoRA, and those of its LoHa, LoKr, OFT and IA3. */
public final class PeftKeys {
  private static final Pattern FACTOR =
      Pattern.compile(
          "(.+)\\.(hada_(?:w[12]_[ab]|t[12])|lokr_(?:w[12](?:_[ab])?|t2)"
              + "|oft_R(?:\\.default)?\\.weight|ia3_l(?:\\.default)?)");

  private PeftKeys() {}

  /** The meaning of a key; empty for an unknown one. */
  public static Optional<Slot> parse(String key) {
    Matcher factor = FACTOR.matcher(key);
    if (!factor.matches()) {
      return DiffusersKeys.parse(key);
    }
    String name = factor.group(2).replaceFirst("(\\.default)?(\\.weight)?$", "");
    Slot.Part part = Slot.Part.valueOf(name.toUpperCase(Locale.ROOT));
    return DiffusersKeys.parse(factor.group(1) + ".lora_A.weight")
        .map(slot -> new Slot(slot.network(), slot.module(), part));
  }
}
