package org.sparklora.spark.reduce;

/** {@code --exchange}: how gradients come to the driver, and adapters to workers. */
public enum ExchangeMode {
  /** Over a tree if many bytes would come to the driver, otherwise from each worker. */
  AUTO,
  /** From each worker to the driver. */
  DIRECT,
  /** Over a tree of executors that sum on the way. */
  TREE
}
