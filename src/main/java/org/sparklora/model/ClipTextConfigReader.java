package org.sparklora.model;

import java.util.OptionalInt;
import org.sparklora.model.folder.ConfigReader;
import org.sparklora.nn.Activation;
import org.sparklora.nn.text.ClipTextConfig;

/**
 * Reads {@code text_encoder/config.json}: transformers' fields and defaults of {@code
 * CLIPTextConfig}. The many fields that every transformers model has (generation, labels,
 * bookkeeping) do not affect the computation and are accepted.
 */
final class ClipTextConfigReader {
  private static final int MOST_TOKENS = 1 << 24;
  private static final int MOST_WORDS = 1 << 16;

  private final ConfigReader config;
  private final boolean projects;

  /**
   * @param projects whether it is of a {@code CLIPTextModelWithProjection}
   */
  ClipTextConfigReader(ConfigReader config, boolean projects) {
    this.config = config;
    this.projects = projects;
  }

  ClipTextConfig read() {
    config.requireDefault("model_type", "clip_text_model");
    int hidden = config.positive("hidden_size", 512, ConfigReader.MOST_CHANNELS);
    int heads = config.positive("num_attention_heads", 8, hidden);
    if (hidden % heads != 0) {
      config.problem("num_attention_heads", "it does not divide hidden_size " + hidden);
    }
    ClipTextConfig clip =
        new ClipTextConfig(
            config.positive("vocab_size", 49408, MOST_TOKENS),
            hidden,
            config.positive("intermediate_size", 2048, ConfigReader.MOST_CHANNELS),
            config.positive("num_hidden_layers", 12, ConfigReader.MOST_LAYERS),
            heads,
            config.positive("max_position_embeddings", 77, MOST_WORDS),
            activation(),
            config.number("layer_norm_eps", 1e-5, 0, 1),
            config.integer("eos_token_id", 49407),
            projects
                ? OptionalInt.of(config.positive("projection_dim", 512, ConfigReader.MOST_CHANNELS))
                : OptionalInt.empty());
    config.check();
    return clip;
  }

  private Activation activation() {
    return Activation.of(config.text("hidden_act", "quick_gelu"))
        .orElseGet(
            () -> {
              config.problem("hidden_act", "supported: quick_gelu, gelu, gelu_new, relu, silu");
              return Activation.QUICK_GELU;
            });
  }
}
