package org.sparklora.nn;

import java.util.Locale;
import java.util.Optional;

/** Activations by the names that diffusers' and transformers' configurations use. */
public enum Activation {
  SILU(0),
  GELU(1),
  RELU(2),
  MISH(3),
  QUICK_GELU(4),
  GELU_TANH(5),
  NONE(-1);

  private final int code;

  Activation(int code) {
    this.code = code;
  }

  /** The activation's number in the op library. */
  public int code() {
    return code;
  }

  /** Finds the activation that a configuration names; empty for a name that is not supported. */
  public static Optional<Activation> of(String name) {
    return switch (name.toLowerCase(Locale.ROOT)) {
      case "silu", "swish" -> Optional.of(SILU);
      case "gelu" -> Optional.of(GELU);
      case "relu" -> Optional.of(RELU);
      case "mish" -> Optional.of(MISH);
      case "quick_gelu" -> Optional.of(QUICK_GELU);
      case "gelu_new", "gelu_pytorch_tanh" -> Optional.of(GELU_TANH);
      default -> Optional.empty();
    };
  }
}
