package org.sparklora.spark.reduce;

import java.io.Serializable;
import org.sparklora.train.GradientComputer;

/** Makes a worker's computer, in the executor. */
public interface GradientComputerFactory extends Serializable {
  GradientComputer open(WorkerContext context);
}
