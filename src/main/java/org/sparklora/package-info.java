/**
 * LoRA fine-tuning of Stable Diffusion as an Apache Spark job.
 *
 * <p>Each package below is a room with one purpose. {@link org.sparklora.cli.Main} is where a
 * process starts; {@code src/docs/architecture.md} shows the flow and names every room in one line.
 */
package org.sparklora;
