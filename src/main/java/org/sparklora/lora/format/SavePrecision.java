package org.sparklora.lora.format;

import org.sparklora.model.file.TensorType;

/** The type in which an adapter's values are stored, as kohya's {@code --save_precision}. */
public enum SavePrecision {
  FP32(TensorType.F32),
  FP16(TensorType.F16),
  BF16(TensorType.BF16);

  private final TensorType type;

  SavePrecision(TensorType type) {
    this.type = type;
  }

  public TensorType type() {
    return type;
  }
}
