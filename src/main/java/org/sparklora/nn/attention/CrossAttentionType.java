package org.sparklora.nn.attention;

/**
 * The cross-attention of a UNet's transformer blocks: {@code cross_attention_type} of its {@code
 * config.json}, a field that diffusers does not have.
 */
public enum CrossAttentionType {
  /** The cross-attention of Stable Diffusion, with as many key and value heads as query heads. */
  DEFAULT,

  /** One key and value head for all query heads. */
  MULTI_QUERY,

  /** Cosine similarity of queries and keys. */
  COSINE
}
