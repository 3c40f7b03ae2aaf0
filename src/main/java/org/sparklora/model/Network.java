package org.sparklora.model;

/** A network of a base model that an adapter can go on. */
public enum Network {
  UNET("unet", "UNet"),
  TEXT_ENCODER("text_encoder", "text encoder"),
  /** The second text encoder of Stable Diffusion XL. */
  TEXT_ENCODER_2("text_encoder_2", "second text encoder");

  private final String component;
  private final String text;

  Network(String component, String text) {
    this.component = component;
    this.text = text;
  }

  /**
   * The network's folder in a base model, which is also the prefix of its keys in diffusers'
   * adapter files.
   */
  public String component() {
    return component;
  }

  /** The network's name in messages. */
  public String text() {
    return text;
  }

  public boolean isTextEncoder() {
    return this != UNET;
  }

  /**
   * The folder of the tokenizer that belongs to a text encoder.
   *
   * @throws IllegalStateException for the UNet
   */
  public String tokenizer() {
    if (!isTextEncoder()) {
      throw new IllegalStateException("the UNet reads no tokens");
    }
    return component.replace("text_encoder", "tokenizer");
  }
}
