/** Experiment trackers: TensorBoard, MLflow, Weights &amp; Biases. */
package org.sparklora.report.track;
