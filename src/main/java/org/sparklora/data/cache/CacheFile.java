package org.sparklora.data.cache;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.io.Serializable;
import java.util.Arrays;
import java.util.Comparator;

/**
 * One file of a latent cache: samples of one size in ascending order of their ids.
 *
 * @param name its place, relative to the cache's folder
 * @param length in bytes
 * @param height of its latents
 * @param width of its latents
 * @param firstId the id of its first sample; no other file of that size holds ids between its first
 *     and last
 * @param rowGroups number of samples of each row group
 * @param set number of its data set, from 0, in a cache that joins those of several data sets
 */
public record CacheFile(
    @JsonProperty("name") String name,
    @JsonProperty("length") long length,
    @JsonProperty("height") int height,
    @JsonProperty("width") int width,
    @JsonProperty("first_id") long firstId,
    @JsonProperty("row_groups") long[] rowGroups,
    @JsonProperty("set") @JsonInclude(JsonInclude.Include.NON_DEFAULT) int set)
    implements Serializable {
  /** By size, by data set, then by ids: the order of the cache's samples. */
  static final Comparator<CacheFile> ORDER =
      Comparator.comparingInt(CacheFile::height)
          .thenComparingInt(CacheFile::width)
          .thenComparingInt(CacheFile::set)
          .thenComparingLong(CacheFile::firstId);

  /** A file of a cache of one data set. */
  public CacheFile(
      String name, long length, int height, int width, long firstId, long[] rowGroups) {
    this(name, length, height, width, firstId, rowGroups, 0);
  }

  /** The same file in a cache that joins others. */
  CacheFile joined(String place, int ofSet) {
    return new CacheFile(place, length, height, width, firstId, rowGroups, ofSet);
  }

  /** Number of samples. */
  public long samples() {
    return Arrays.stream(rowGroups).sum();
  }
}
