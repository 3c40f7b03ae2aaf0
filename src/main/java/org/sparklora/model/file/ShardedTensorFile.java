package org.sparklora.model.file;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.sparklora.util.InvalidInputException;

/** The files that a sharded index names, as one tensor file. */
public final class ShardedTensorFile implements TensorFile {
  private final String source;
  private final Map<String, TensorFile> shards;
  private final Map<String, String> shardOf;
  private final Map<String, TensorInfo> tensors;

  private ShardedTensorFile(
      String source,
      Map<String, TensorFile> shards,
      Map<String, String> shardOf,
      Map<String, TensorInfo> tensors) {
    this.source = source;
    this.shards = shards;
    this.shardOf = shardOf;
    this.tensors = tensors;
  }

  /**
   * Joins opened shards. The joined file closes them.
   *
   * @param source the index file
   * @param shardOf tensor name to shard file name, the index's {@code weight_map}
   * @param shards by file name
   * @throws InvalidInputException naming every tensor that its shard does not hold
   */
  public static ShardedTensorFile join(
      String source, Map<String, String> shardOf, Map<String, TensorFile> shards) {
    List<String> problems = new ArrayList<>();
    Map<String, TensorInfo> tensors = new LinkedHashMap<>();
    new TreeMap<>(shardOf)
        .forEach(
            (name, shard) -> {
              TensorInfo info = shards.get(shard).tensors().get(name);
              if (info == null) {
                problems.add(
                    "Missing tensor " + name + " in " + shard + ", where " + source + " puts it");
              } else {
                tensors.put(name, info);
              }
            });
    if (!problems.isEmpty()) {
      throw new InvalidInputException(InvalidInputException.Kind.DATA, problems);
    }
    return new ShardedTensorFile(
        source, Map.copyOf(shards), Map.copyOf(shardOf), Collections.unmodifiableMap(tensors));
  }

  @Override
  public Map<String, TensorInfo> tensors() {
    return tensors;
  }

  @Override
  public ByteBuffer data(String name) {
    if (!shardOf.containsKey(name)) {
      throw InvalidInputException.data("Missing tensor " + name + " in " + source);
    }
    return shards.get(shardOf.get(name)).data(name);
  }

  @Override
  public Optional<FileRange> range(String name) {
    return shards.get(shardOf.get(name)).range(name);
  }

  @Override
  public Map<String, String> metadata() {
    return Map.of();
  }

  @Override
  public String source() {
    return source;
  }

  @Override
  public void close() {
    shards.values().forEach(TensorFile::close);
  }
}
