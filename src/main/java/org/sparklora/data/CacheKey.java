package org.sparklora.data;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** Names a latent cache by all that decides its content. */
public final class CacheKey {
  /** Changes whenever decoding, transforms or the cache's columns do. */
  private static final int FORMAT = 1;

  private CacheKey() {}

  /**
   * The first 16 digits of the SHA-256 of the data set's files (names, lengths, times of change,
   * rows), the configuration and the encoder.
   */
  public static String of(ImageDataset dataset, DataConfig config, String encoderIdentity) {
    List<String> parts = new ArrayList<>();
    parts.add("format " + FORMAT);
    parts.add("encoder " + encoderIdentity);
    parts.add("columns " + config.imageColumn() + "\n" + config.captionColumn());
    parts.add("resolution " + config.resolution() + " " + config.interpolation().flag());
    parts.add("flip " + config.randomFlip());
    parts.add("crop " + (config.centerCrop() ? "center" : "random " + config.seed()));
    config
        .maxTrainSamples()
        .ifPresent(limit -> parts.add("samples " + limit + " of " + config.seed()));
    for (DataFile file : dataset.files()) {
      parts.add(
          "file %s\n%d %d %d".formatted(file.name(), file.length(), file.modified(), file.rows()));
    }
    return sha256(String.join("\n", parts)).substring(0, 16);
  }

  private static String sha256(String text) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      return HexFormat.of().formatHex(digest.digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Missing SHA-256: every Java platform has it", e);
    }
  }
}
