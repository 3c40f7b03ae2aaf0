package org.sparklora.model.folder;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sparklora.util.InvalidInputException;

/**
 * Chooses among a component's weight files and their indexes. A variant that is asked for comes
 * first, then the plain files. If no variant is asked for and there is no plain file, the only
 * variant is read.
 */
record WeightChoice(ModelFolder folder, String component, Optional<String> variant) {
  private static final Logger LOG = LoggerFactory.getLogger(WeightChoice.class);
  private static final Set<String> SAID = ConcurrentHashMap.newKeySet();

  private static final List<String> COMPONENTS =
      List.of("unet", "vae", "text_encoder", "text_encoder_2");

  /** Names that diffusers and transformers write, safetensors before pickles. */
  private static final List<List<String>> NAMES =
      List.of(
          List.of("diffusion_pytorch_model.safetensors", "model.safetensors"),
          List.of("diffusion_pytorch_model.bin", "pytorch_model.bin"));

  private static final String INDEX = ".index.json";

  /** A name with a variant; names of shards do not match. */
  private static final Pattern WITH_VARIANT =
      Pattern.compile(
          "(?:diffusion_pytorch_model|model|pytorch_model)"
              + "\\.(?:(?:safetensors|bin)\\.index\\.)?([^.]+)\\.(?:safetensors|bin|json)");

  private static final Pattern SHARD = Pattern.compile(".*-\\d+-of-\\d+");

  /**
   * The file to read.
   *
   * @param present the names in the component's folder
   */
  String of(List<String> present) {
    Optional<String> asked = variant.flatMap(name -> first(Optional.of(name), present));
    if (asked.isPresent()) {
      return asked.get();
    }
    Optional<String> plain = first(Optional.empty(), present);
    Set<String> variants = variants(present);
    if (variant.isPresent()) {
      if (plain.isEmpty() || isOfNoComponent(variant.get())) {
        throw missing();
      }
      warn("%s of %s has no variant %s: its plain weights are read", variant.get());
    } else if (plain.isEmpty() && variants.size() == 1) {
      String only = variants.iterator().next();
      warn("%s of %s has weights of variant %s alone: they are read", only);
      return first(Optional.of(only), present).orElseThrow(this::missing);
    }
    return plain.orElseThrow(this::missing);
  }

  private boolean isOfNoComponent(String name) {
    return COMPONENTS.stream()
        .noneMatch(other -> first(Optional.of(name), folder.list(other)).isPresent());
  }

  private void warn(String text, String name) {
    String message = String.format(Locale.ROOT, text, component, folder.location(), name);
    if (SAID.add(message)) {
      LOG.warn(message);
    }
  }

  private static Set<String> variants(List<String> present) {
    Set<String> variants = new TreeSet<>();
    for (String name : present) {
      Matcher matcher = WITH_VARIANT.matcher(name);
      if (matcher.matches()
          && !SHARD.matcher(matcher.group(1)).matches()
          && first(Optional.of(matcher.group(1)), present).isPresent()) {
        variants.add(matcher.group(1));
      }
    }
    return variants;
  }

  private static Optional<String> first(Optional<String> variant, List<String> present) {
    return candidates(variant).stream().filter(present::contains).findFirst();
  }

  /**
   * The names to try. The variant stands before the last extension, also in the name of an index.
   */
  private static List<String> candidates(Optional<String> variant) {
    List<String> candidates = new ArrayList<>();
    for (List<String> names : NAMES) {
      for (String name : names) {
        candidates.add(withVariant(name, variant));
        candidates.add(withVariant(name + INDEX, variant));
      }
    }
    return candidates;
  }

  private static String withVariant(String name, Optional<String> variant) {
    int dot = name.lastIndexOf('.');
    return variant
        .map(given -> name.substring(0, dot) + "." + given + name.substring(dot))
        .orElse(name);
  }

  private InvalidInputException missing() {
    return InvalidInputException.data(
        "Missing weights of "
            + component
            + " in "
            + folder.location()
            + ": none of "
            + String.join(", ", candidates(variant))
            + "; there is "
            + folder.contents(component)
            + advice());
  }

  private String advice() {
    return variant
        .map(given -> "; leave out --variant " + given + " for the plain ones")
        .orElse(
            variants(folder.list(component)).isEmpty()
                ? ""
                : "; choose one of these with --variant: "
                    + String.join(", ", variants(folder.list(component))));
  }
}
