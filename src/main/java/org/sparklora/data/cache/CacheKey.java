package org.sparklora.data.cache;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.sparklora.data.DataConfig;
import org.sparklora.data.order.SetBalance;
import org.sparklora.data.row.ImageDataset;
import org.sparklora.util.ContentHash;

/** Computes the name of a latent cache from everything that decides its content. */
public final class CacheKey {
  /**
   * A number that changes whenever decoding, transforms, the rules for captions, or the columns
   * change.
   */
  private static final int FORMAT = 3;

  private CacheKey() {}

  /**
   * The first 16 digits of the SHA-256 of the data set's files (names, contents, rows), the
   * configuration and the encoder.
   */
  public static String of(ImageDataset dataset, DataConfig config, String encoderIdentity) {
    List<String> parts = new ArrayList<>();
    parts.add("format " + FORMAT);
    parts.add("encoder " + encoderIdentity);
    parts.add("columns " + dataset.columns());
    parts.add("resolution " + config.resolution() + " " + config.interpolation().flag());
    parts.add("buckets " + config.buckets().sizes());
    if (config.buckets().ownSteps() > 0) {
      parts.add("not enlarged, in steps of " + config.buckets().ownSteps());
    }
    parts.add("flip " + config.randomFlip());
    parts.add("crop " + (config.centerCrop() ? "center" : "random " + config.seed()));
    if (config.alphaMask()) {
      parts.add("alpha mask");
    }
    long limit = config.maxTrainSamples().orElse(Long.MAX_VALUE);
    if (limit < dataset.rows()) {
      parts.add("samples " + limit + " of " + config.seed());
    }
    parts.addAll(dataset.contents());
    return of(parts);
  }

  /**
   * The name of a cache that joins those of several data sets.
   *
   * @param keys of their caches, in their order
   * @param repeats how often an epoch has the samples of each
   * @param balances the data sets for regularisation
   */
  public static String joined(List<String> keys, List<Integer> repeats, List<SetBalance> balances) {
    List<String> parts = new ArrayList<>();
    parts.add("joined");
    for (int i = 0; i < keys.size(); i++) {
      parts.add(keys.get(i) + " x " + repeats.get(i));
    }
    for (SetBalance balance : balances) {
      parts.add("regularisation " + balance.regularisation() + " of " + balance.training());
    }
    return of(parts);
  }

  private static String of(List<String> parts) {
    byte[] text = String.join("\n", parts).getBytes(StandardCharsets.UTF_8);
    try (InputStream in = new ByteArrayInputStream(text)) {
      return ContentHash.sha256(in).substring(0, 16);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
