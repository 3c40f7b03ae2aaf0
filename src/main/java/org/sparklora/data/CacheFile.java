package org.sparklora.data;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.io.Serializable;
import java.util.Arrays;

/**
 * One file of a latent cache: samples in ascending order of their ids.
 *
 * @param name in the cache's folder
 * @param length in bytes
 * @param firstId the id of its first sample; no other file holds ids between its first and last
 * @param rowGroups number of samples of each row group
 */
public record CacheFile(
    @JsonProperty("name") String name,
    @JsonProperty("length") long length,
    @JsonProperty("first_id") long firstId,
    @JsonProperty("row_groups") long[] rowGroups)
    implements Serializable {
  /** Number of samples. */
  public long samples() {
    return Arrays.stream(rowGroups).sum();
  }
}
