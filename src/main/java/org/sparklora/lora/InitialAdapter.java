package org.sparklora.lora;

import java.io.Serializable;

/**
 * The adapter that a run starts from, instead of A random and B zero.
 *
 * @param location {@code --init_lora}
 * @param layersOfFile {@code --dim_from_weights}: layers, ranks and alphas are those of the file
 * @param sha256 of what was read; empty until it is read
 */
public record InitialAdapter(String location, boolean layersOfFile, String sha256)
    implements Serializable {
  /** The same once it is read. */
  InitialAdapter read(String contentSha256) {
    return new InitialAdapter(location, layersOfFile, contentSha256);
  }
}
