package org.sparklora.model.file;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/** Named tensors in a file, or in several files that belong together. */
public sealed interface TensorFile extends AutoCloseable
    permits SafetensorsFile, ShardedTensorFile, TorchFile, ViewedTensorFile {
  /** A part of a file, in bytes. */
  record FileRange(Path file, long fileBytes, long offset) {}

  /** Every tensor by name, in the order of the file. */
  Map<String, TensorInfo> tensors();

  /**
   * A tensor's values in row-major order.
   *
   * @return a read-only, little-endian buffer of {@link TensorInfo#bytes()} bytes from position 0;
   *     it stays valid after {@link #close()}
   * @throws org.sparklora.util.InvalidInputException (DATA) when there is no such tensor, naming
   *     the file and the tensor, or when it has more than 2 GiB
   */
  ByteBuffer data(String name);

  /**
   * The place of a tensor's values in a local file, if they are there in row-major order and
   * little-endian.
   *
   * @return empty if they are not
   */
  Optional<FileRange> range(String name);

  /** The writer's metadata; empty if the format has none. */
  Map<String, String> metadata();

  /** The location of the tensors as the user wrote it, for messages. */
  String source();

  @Override
  void close();
}
