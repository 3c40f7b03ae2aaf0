package org.sparklora.model;

import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.sparklora.model.folder.ModelFolder;
import org.sparklora.model.tokenizer.ClipTokenizer;
import org.sparklora.nn.text.ClipTextConfig;
import org.sparklora.nn.unet.UNetConfig;
import org.sparklora.nn.vae.AutoencoderConfig;
import org.sparklora.util.Findings;
import org.sparklora.util.InvalidInputException;

/**
 * Checks of a base model before anything is computed: its configurations, the headers of its weight
 * files, and whether its parts fit together. Every command that works with a model uses this class.
 *
 * @param unet empty if it cannot be used; the same holds for the other parts
 * @param textEncoders those that can be used
 */
public record ModelCheck(
    ModelFamily family,
    Optional<UNetConfig> unet,
    Map<Network, ClipTextConfig> textEncoders,
    Optional<AutoencoderConfig> vae,
    Optional<CaptionTokenizer> tokenizer) {
  /** A part of a model. */
  public enum Part {
    UNET,
    /** All text encoders of the family. */
    TEXT_ENCODER,
    VAE,
    /** The tokenizer of each text encoder. */
    TOKENIZER;

    private List<String> folders(ModelFamily family) {
      return switch (this) {
        case UNET -> List.of(Network.UNET.component());
        case TEXT_ENCODER -> family.textEncoders().stream().map(Network::component).toList();
        case VAE -> List.of("vae");
        case TOKENIZER -> family.textEncoders().stream().map(Network::tokenizer).toList();
      };
    }
  }

  private static final int PICTURE_CHANNELS = 3;

  /** Checks all parts of a model. */
  public static ModelCheck of(ModelFolder base, Findings findings) {
    return of(base, EnumSet.allOf(Part.class), findings);
  }

  /**
   * Checks the parts that a command needs. Other parts are checked if they exist, because the
   * command's result will be used with them.
   */
  public static ModelCheck of(ModelFolder base, Set<Part> needed, Findings findings) {
    ModelFamily family = ModelFamily.of(base);
    findings.check(() -> OtherModels.refuse(base));
    Set<Part> checked = EnumSet.copyOf(needed);
    for (Part part : Part.values()) {
      if (part.folders(family).stream().anyMatch(base::has)) {
        checked.add(part);
      }
    }
    Parts parts = new Parts(base, checked, findings);
    Optional<UNetConfig> unet =
        parts.read(Part.UNET, Network.UNET.component(), () -> NetworkLoader.unetConfig(base));
    Map<Network, ClipTextConfig> texts = new EnumMap<>(Network.class);
    for (Network encoder : family.textEncoders()) {
      parts
          .read(
              Part.TEXT_ENCODER,
              encoder.component(),
              () -> NetworkLoader.textEncoderConfig(base, encoder))
          .ifPresent(config -> texts.put(encoder, config));
    }
    ModelCheck model =
        new ModelCheck(
            family,
            unet,
            texts,
            parts.read(Part.VAE, "vae", () -> NetworkLoader.vaeConfig(base)),
            checked.contains(Part.TOKENIZER)
                ? findings.collect(() -> CaptionTokenizer.load(base))
                : Optional.empty());
    model.checkTogether(base, findings);
    return model;
  }

  /** Whether all text encoders of the family can be used. */
  public boolean hasText() {
    return textEncoders.size() == family.textEncoders().size();
  }

  /** Reads parts one after the other. */
  private record Parts(ModelFolder base, Set<Part> checked, Findings findings) {
    <T> Optional<T> read(Part part, String component, Supplier<T> reading) {
      if (!checked.contains(part)) {
        return Optional.empty();
      }
      Optional<T> config = findings.collect(reading);
      if (config.isPresent()) {
        findings.check(() -> NetworkLoader.checkFit(base, component));
      }
      return config;
    }
  }

  private void checkTogether(ModelFolder base, Findings findings) {
    vae.ifPresent(pictures -> findings.check(() -> checkPictures(base, pictures)));
    if (unet.isPresent() && vae.isPresent()) {
      findings.check(() -> checkLatents(base, unet.get(), vae.get()));
    }
    if (unet.isPresent() && hasText()) {
      findings.check(() -> checkText(base, unet.get()));
    }
    if (unet.isPresent() && family.hasAddedConditions()) {
      findings.check(() -> checkAdded(base, unet.get()));
    }
    if (tokenizer.isPresent()) {
      for (int i = 0; i < family.textEncoders().size(); i++) {
        ClipTokenizer ids = tokenizer.get().tokenizers().get(i);
        Optional.ofNullable(textEncoders.get(family.textEncoders().get(i)))
            .ifPresent(text -> findings.check(() -> checkTokens(base, ids, text)));
      }
    }
  }

  private static void checkPictures(ModelFolder base, AutoencoderConfig vae) {
    if (vae.inChannels() != PICTURE_CHANNELS || vae.outChannels() != PICTURE_CHANNELS) {
      throw unsupported(
          base,
          "its autoencoder (vae/config.json) takes pictures of %d channels and makes some of %d;"
              + " pictures have %d",
          vae.inChannels(),
          vae.outChannels(),
          PICTURE_CHANNELS);
    }
  }

  private static void checkLatents(ModelFolder base, UNetConfig unet, AutoencoderConfig vae) {
    if (unet.inChannels() != vae.latentChannels()) {
      throw unsupported(
          base,
          "its UNet takes %d channels and its autoencoder makes %d; use one for text to image, not"
              + " for inpainting, depth or instructions",
          unet.inChannels(),
          vae.latentChannels());
    }
    if (unet.outChannels() != unet.inChannels()) {
      throw unsupported(
          base,
          "its UNet takes %d channels and gives %d; one for each is computed with",
          unet.inChannels(),
          unet.outChannels());
    }
  }

  /**
   * Checks that the text's width fits the UNet. The hidden states of several text encoders are
   * concatenated.
   */
  private void checkText(ModelFolder base, UNetConfig unetConfig) {
    int made = textEncoders.values().stream().mapToInt(ClipTextConfig::hiddenSize).sum();
    for (int width : unetConfig.textWidths()) {
      if (width != made) {
        throw unsupported(
            base,
            "its UNet takes %d values for each word (cross_attention_dim) and its text %s %d"
                + " (hidden_size); they are from different models",
            width,
            textEncoders.size() == 1 ? "encoder makes" : "encoders make together",
            made);
      }
    }
  }

  private void checkAdded(ModelFolder base, UNetConfig unetConfig) {
    if (unetConfig.added().isEmpty()) {
      throw unsupported(
          base,
          "it has two text encoders, but its UNet takes no pooled text (addition_embed_type is not"
              + " text_time)");
    }
    int wanted = unetConfig.added().get().pooledDim();
    ClipTextConfig last = textEncoders.get(Network.TEXT_ENCODER_2);
    if (last != null && last.projectionDim().orElseThrow() != wanted) {
      throw unsupported(
          base,
          "its UNet takes a pooled text of %d values (projection_class_embeddings_input_dim less"
              + " the sizes), its second text encoder makes %d (projection_dim)",
          wanted,
          last.projectionDim().getAsInt());
    }
  }

  private static void checkTokens(ModelFolder base, ClipTokenizer tokenizer, ClipTextConfig text) {
    if (tokenizer.largestId() >= text.vocabSize()) {
      throw unsupported(
          base,
          "its tokenizer has ids up to %d, its text encoder knows those below %d (vocab_size); they"
              + " are of different models",
          tokenizer.largestId(),
          text.vocabSize());
    }
    if (tokenizer.length() > text.maxPositionEmbeddings()) {
      throw unsupported(
          base,
          "its tokenizer makes texts of %d ids (model_max_length), its text encoder reads %d"
              + " (max_position_embeddings)",
          tokenizer.length(),
          text.maxPositionEmbeddings());
    }
  }

  private static InvalidInputException unsupported(ModelFolder base, String why, Object... values) {
    return InvalidInputException.data(
        "Unsupported base model "
            + base.location()
            + ": "
            + String.format(Locale.ROOT, why, values));
  }

  /**
   * Refuses to leave out more layers of a text encoder than it has. For SDXL the last layer is
   * always left out and does not count.
   *
   * @throws InvalidInputException (CONFIGURATION)
   */
  public void requireLayers(ClipTextConfig encoder, int clipSkip) {
    int most = encoder.numHiddenLayers() - (family.hasAddedConditions() ? 1 : 0);
    if (clipSkip > most) {
      throw InvalidInputException.configuration(
          "Invalid --clip_skip: "
              + clipSkip
              + "; the base model's text encoder has "
              + encoder.numHiddenLayers()
              + " layers");
    }
  }
}
