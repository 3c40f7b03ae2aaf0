package org.sparklora.spark;

import java.io.Serializable;
import org.sparklora.train.GradientComputer;

/** Makes a worker's computer, in the executor. */
interface GradientComputerFactory extends Serializable {
  GradientComputer open(WorkerContext context);
}
