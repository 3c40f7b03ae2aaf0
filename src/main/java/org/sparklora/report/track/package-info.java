/**
 * Writes for experiment trackers: TensorBoard, MLflow, Weights &amp; Biases.
 *
 * <p>Start with {@link org.sparklora.report.track.Trackers}. A tracker that fails is reported once
 * and never stops a run.
 */
package org.sparklora.report.track;
