package org.sparklora.data.cache;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.io.Serializable;
import java.util.Arrays;
import java.util.Comparator;

/**
 * One file of a latent cache: samples of one size in ascending order of their ids.
 *
 * @param name in the cache's folder
 * @param length in bytes
 * @param height of its latents
 * @param width of its latents
 * @param firstId the id of its first sample; no other file of that size holds ids between its first
 *     and last
 * @param rowGroups number of samples of each row group
 */
public record CacheFile(
    @JsonProperty("name") String name,
    @JsonProperty("length") long length,
    @JsonProperty("height") int height,
    @JsonProperty("width") int width,
    @JsonProperty("first_id") long firstId,
    @JsonProperty("row_groups") long[] rowGroups)
    implements Serializable {
  /** By size, then by ids: the order of the cache's samples. */
  static final Comparator<CacheFile> ORDER =
      Comparator.comparingInt(CacheFile::height)
          .thenComparingInt(CacheFile::width)
          .thenComparingLong(CacheFile::firstId);

  /** Number of samples. */
  public long samples() {
    return Arrays.stream(rowGroups).sum();
  }
}
