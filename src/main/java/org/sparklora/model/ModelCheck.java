package org.sparklora.model;

import java.util.EnumSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.sparklora.model.folder.ModelFolder;
import org.sparklora.model.tokenizer.ClipTokenizer;
import org.sparklora.nn.text.ClipTextConfig;
import org.sparklora.nn.unet.UNetConfig;
import org.sparklora.nn.vae.AutoencoderConfig;
import org.sparklora.util.Findings;
import org.sparklora.util.InvalidInputException;

/**
 * What is looked at of a base model before anything is computed: its configurations, the headers of
 * its weight files, and whether its parts fit together. Every command that works with a model asks
 * here.
 *
 * @param unet empty where it cannot be used; so the others
 */
public record ModelCheck(
    Optional<UNetConfig> unet,
    Optional<ClipTextConfig> textEncoder,
    Optional<AutoencoderConfig> vae,
    Optional<ClipTokenizer> tokenizer) {
  /** A component, as its folder is called. */
  public enum Part {
    UNET("unet"),
    TEXT_ENCODER("text_encoder"),
    VAE("vae"),
    TOKENIZER("tokenizer");

    private final String folder;

    Part(String folder) {
      this.folder = folder;
    }
  }

  private static final int PICTURE_CHANNELS = 3;

  /** Checks all of a model. */
  public static ModelCheck of(ModelFolder base, Findings findings) {
    return of(base, EnumSet.allOf(Part.class), findings);
  }

  /**
   * Checks what a command cannot do without, and the other parts where they are there: what it
   * makes is for use with them.
   */
  public static ModelCheck of(ModelFolder base, Set<Part> needed, Findings findings) {
    Set<Part> checked = EnumSet.copyOf(needed);
    for (Part part : Part.values()) {
      if (base.has(part.folder)) {
        checked.add(part);
      }
    }
    Parts parts = new Parts(base, checked, findings);
    ModelCheck model =
        new ModelCheck(
            parts.read(Part.UNET, () -> NetworkLoader.unetConfig(base)),
            parts.read(Part.TEXT_ENCODER, () -> NetworkLoader.textEncoderConfig(base)),
            parts.read(Part.VAE, () -> NetworkLoader.vaeConfig(base)),
            parts.read(Part.TOKENIZER, () -> ClipTokenizer.load(base)));
    model.checkTogether(base, findings);
    return model;
  }

  /** Reads parts one after the other. */
  private record Parts(ModelFolder base, Set<Part> checked, Findings findings) {
    private interface Reading<T> {
      T read();
    }

    <T> Optional<T> read(Part part, Reading<T> reading) {
      if (!checked.contains(part)) {
        return Optional.empty();
      }
      Optional<T> config = findings.collect(reading::read);
      if (config.isPresent() && part != Part.TOKENIZER) {
        findings.check(() -> NetworkLoader.checkFit(base, part.folder));
      }
      return config;
    }
  }

  private void checkTogether(ModelFolder base, Findings findings) {
    vae.ifPresent(pictures -> findings.check(() -> checkPictures(base, pictures)));
    if (unet.isPresent() && vae.isPresent()) {
      findings.check(() -> checkLatents(base, unet.get(), vae.get()));
    }
    if (unet.isPresent() && textEncoder.isPresent()) {
      findings.check(() -> checkText(base, unet.get(), textEncoder.get()));
    }
    if (tokenizer.isPresent() && textEncoder.isPresent()) {
      findings.check(() -> checkTokens(base, tokenizer.get(), textEncoder.get()));
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

  private static void checkText(ModelFolder base, UNetConfig unet, ClipTextConfig text) {
    for (int width : unet.textWidths()) {
      if (width != text.hiddenSize()) {
        throw unsupported(
            base,
            "its UNet looks at texts of %d values a word (cross_attention_dim), its text encoder"
                + " makes %d (hidden_size); they are of different models",
            width,
            text.hiddenSize());
      }
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
}
