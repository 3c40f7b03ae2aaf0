package org.sparklora.tensor;

/** The type the frozen network computes in; names as in {@code --mixed_precision}. */
public enum Precision {
  /** {@code no}: fp32. */
  FP32,
  /** {@code bf16}: CPUs and GPUs. */
  BF16,
  /** {@code fp16}: GPUs only, with dynamic loss scaling. */
  FP16
}
