package org.sparklora.model;

import java.util.Optional;

/** What one number of a stored tensor is; the names are those safetensors writes. */
public enum TensorType {
  F64(8),
  F32(4),
  F16(2),
  BF16(2),
  I64(8),
  I32(4),
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
