package org.sparklora.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.sparklora.model.file.TensorFile;
import org.sparklora.model.file.TensorFile.FileRange;
import org.sparklora.model.file.TensorInfo;
import org.sparklora.model.file.TensorType;
import org.sparklora.tensor.Ops;
import org.sparklora.tensor.Precision;
import org.sparklora.util.InvalidInputException;

/**
 * Brings tensors of a file into the compute type. On a CPU, tensors that are stored in that type
 * are mapped: no copy is made, and processes of one machine share the pages. Other tensors are read
 * and converted piece by piece, so that only one piece at a time is in memory twice. Kernels of
 * convolutions in half precision are also read in pieces, because a network reorders them and the
 * mapped pages would stay in memory beside the reordered copy.
 */
final class WeightReader implements AutoCloseable {
  private static final int PIECE_BYTES = 4 << 20;

  private final Ops ops;
  private final TensorFile file;
  private final Precision precision;
  private final boolean onCpu;
  private final NDManager mappings;
  private final Map<Path, NDArray> mapped = new HashMap<>();
  private final Map<Path, FileChannel> channels = new HashMap<>();
  private Optional<ByteBuffer> piece = Optional.empty();

  WeightReader(Ops ops, TensorFile file, Precision precision) {
    this.ops = ops;
    this.file = file;
    this.precision = precision;
    this.onCpu = !ops.manager().getDevice().isGpu();
    this.mappings = ops.manager().newSubManager();
  }

  /** The engine's name of a stored type; empty if it is not a floating-point type. */
  static Optional<DataType> type(TensorType stored) {
    return switch (stored) {
      case F64 -> Optional.of(DataType.FLOAT64);
      case F32 -> Optional.of(DataType.FLOAT32);
      case F16 -> Optional.of(DataType.FLOAT16);
      case BF16 -> Optional.of(DataType.BFLOAT16);
      default -> Optional.empty();
    };
  }

  /**
   * Reads a tensor.
   *
   * @param type its stored type
   * @return the tensor in the compute type; it lives as long as the op library
   */
  NDArray read(TensorInfo tensor, DataType type, long[] shape) {
    Optional<FileRange> range = file.range(tensor.name()).filter(there -> onCpu);
    boolean isMapped = tensor.type() == stored(precision) && !isReordered(shape);
    if (range.isPresent() && !isMapped) {
      return converted(range.get(), tensor, type, shape);
    }
    if (range.isPresent() && isMappable(range.get(), tensor)) {
      NDArray vector =
          mapped.computeIfAbsent(
              range.get().file(), path -> ops.mapBf16(mappings, path, range.get().fileBytes()));
      return ops.part(vector, range.get().offset() / Short.BYTES, shape);
    }
    return ops.weight(file.data(tensor.name()), type, shape, precision);
  }

  /** Whether a network reorders the tensor: a convolution's kernel in a type other than fp32. */
  private boolean isReordered(long[] shape) {
    return precision != Precision.FP32 && shape.length == 4 && shape[2] * shape[3] > 1;
  }

  private static boolean isMappable(FileRange range, TensorInfo tensor) {
    return tensor.type() == TensorType.BF16 && range.offset() % Short.BYTES == 0;
  }

  private static TensorType stored(Precision precision) {
    return switch (precision) {
      case FP32 -> TensorType.F32;
      case FP16, EMULATED_FP16 -> TensorType.F16;
      case BF16 -> TensorType.BF16;
    };
  }

  private NDArray converted(FileRange range, TensorInfo tensor, DataType type, long[] shape) {
    NDArray weight = ops.emptyWeight(shape, precision);
    ByteBuffer buffer =
        piece.orElseGet(
            () -> ByteBuffer.allocateDirect(PIECE_BYTES).order(ByteOrder.nativeOrder()));
    piece = Optional.of(buffer);
    long bytes = tensor.bytes();
    for (long done = 0; done < bytes; done += PIECE_BYTES) {
      buffer.clear().limit((int) Math.min(PIECE_BYTES, bytes - done));
      fill(buffer, range, range.offset() + done);
      ByteBuffer values = buffer.slice().order(ByteOrder.nativeOrder());
      ops.fill(weight, done / tensor.type().bytes(), values, type);
    }
    return weight;
  }

  private void fill(ByteBuffer buffer, FileRange range, long position) {
    try {
      FileChannel channel = channels.get(range.file());
      if (channel == null) {
        channel = FileChannel.open(range.file(), StandardOpenOption.READ);
        channels.put(range.file(), channel);
      }
      while (buffer.hasRemaining()) {
        if (channel.read(buffer, position + buffer.position()) < 0) {
          throw new IOException("it became shorter while it was read");
        }
      }
      buffer.flip();
    } catch (IOException e) {
      throw InvalidInputException.data("Cannot read " + file.source() + ": " + e.getMessage(), e);
    }
  }

  @Override
  public void close() {
    mappings.close();
    try {
      for (FileChannel channel : channels.values()) {
        channel.close();
      }
    } catch (IOException e) {
      throw InvalidInputException.data("Cannot close " + file.source() + ": " + e.getMessage(), e);
    }
  }
}
