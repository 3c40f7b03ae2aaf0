/**
 * Checks a GPU node: that numbers, bytes and pictures are as promised, and how fast training is.
 *
 * <p>Start with {@link org.sparklora.bench.gpu.GpuCheck}, which {@code jobs/gpu-check} calls. Each
 * part runs the program's own commands as processes. Nothing here computes by itself.
 */
package org.sparklora.bench.gpu;
