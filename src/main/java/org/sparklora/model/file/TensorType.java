package org.sparklora.model.file;

import java.util.Optional;

/**
 * What one number of a stored tensor is. The names are those safetensors writes; the order is that
 * in which its reference writer puts tensors of different types, the widest first.
 */
public enum TensorType {
  I64(8),
  F64(8),
  F32(4),
  I32(4),
  BF16(2),
  F16(2),
  I16(2),
  I8(1),
  U8(1),
  BOOL(1);

  private final int bytes;

  TensorType(int bytes) {
    this.bytes = bytes;
  }

  /** Bytes of one element; also its alignment. */
  public int bytes() {
    return bytes;
  }

  static Optional<TensorType> named(String name) {
    for (TensorType type : values()) {
      if (type.name().equals(name)) {
        return Optional.of(type);
      }
    }
    return Optional.empty();
  }
}
