package org.sparklora.model;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.sparklora.model.folder.ModelFolder;
import org.sparklora.util.InvalidInputException;

/**
 * The kinds of base models: their networks, the inputs of their UNet, and their defaults of flags.
 * All code that depends on the family asks this class, so that a new family needs a new constant
 * here.
 */
public enum ModelFamily {
  /** Stable Diffusion 1.x and 2.x, and models distilled from them. */
  STABLE_DIFFUSION("Stable Diffusion 1.x or 2.x", 512),

  /**
   * Stable Diffusion XL (Podell et al. 2023, arXiv 2307.01952): two text encoders, a pooled text,
   * and the sizes of the picture.
   */
  STABLE_DIFFUSION_XL("Stable Diffusion XL", 1024);

  private final String text;
  private final int resolution;

  ModelFamily(String text, int resolution) {
    this.text = text;
    this.resolution = resolution;
  }

  /**
   * The family of a model folder: SDXL if the folder has any part of a second text encoder, or if
   * the UNet takes a pooled text.
   */
  public static ModelFamily of(ModelFolder base) {
    boolean second =
        base.has(Network.TEXT_ENCODER_2.component())
            || base.has(Network.TEXT_ENCODER_2.tokenizer());
    return second || wantsPooledText(base) ? STABLE_DIFFUSION_XL : STABLE_DIFFUSION;
  }

  private static boolean wantsPooledText(ModelFolder base) {
    String unet = Network.UNET.component();
    if (!base.list(unet).contains("config.json")) {
      return false;
    }
    try {
      return base.config(unet).path("addition_embed_type").asText().equals("text_time");
    } catch (InvalidInputException e) {
      // The code that reads the whole configuration reports what is wrong with it.
      return false;
    }
  }

  /** The family's name in messages. */
  public String text() {
    return text;
  }

  /** The text encoders, in the order in which the UNet reads their hidden states. */
  public List<Network> textEncoders() {
    return switch (this) {
      case STABLE_DIFFUSION -> List.of(Network.TEXT_ENCODER);
      case STABLE_DIFFUSION_XL -> List.of(Network.TEXT_ENCODER, Network.TEXT_ENCODER_2);
    };
  }

  /** The folders that are read of a base model, and {@code ""} for the files beside them. */
  public List<String> folders() {
    List<String> folders = new ArrayList<>(List.of("", "scheduler"));
    textEncoders().forEach(encoder -> folders.add(encoder.tokenizer()));
    textEncoders().forEach(encoder -> folders.add(encoder.component()));
    folders.addAll(List.of(Network.UNET.component(), "vae"));
    return List.copyOf(folders);
  }

  /**
   * Whether the UNet attends to the layer before the last of each text encoder, without the final
   * norm, and reads the last one's pooled text and the picture's sizes beside the timestep.
   */
  public boolean hasAddedConditions() {
    return this == STABLE_DIFFUSION_XL;
  }

  /**
   * Whether no result depends on a module of a text encoder, so that it has no gradient. This holds
   * for the layers that {@code --clip_skip} leaves out. SDXL reads the hidden states before the
   * last layer, so its first encoder's last layer is unread, too. Its second encoder has no unread
   * layer, because the pooled text needs all of them.
   *
   * @param layer its name in the network
   * @param layers how many layers the text encoder has
   * @param clipSkip how many of the last layers that the family uses are left out
   */
  public boolean isUnread(Network network, String layer, int layers, int clipSkip) {
    int unread = clipSkip + (hasAddedConditions() ? 1 : 0);
    return network == Network.TEXT_ENCODER
        && IntStream.range(layers - unread, layers)
            .anyMatch(i -> layer.startsWith("text_model.encoder.layers." + i + "."));
  }

  /** The default of {@code --resolution}, as in diffusers' scripts. */
  public int resolution() {
    return resolution;
  }
}
