package org.sparklora.spark.worker;

import org.sparklora.lora.AdapterLayout;
import org.sparklora.lora.LoraAdapter;
import org.sparklora.model.folder.ModelFolder;
import org.sparklora.schedulers.noise.NoiseSchedule;
import org.sparklora.tensor.Ops;
import org.sparklora.train.AdapterGradient;
import org.sparklora.train.TextEncoding;

/**
 * A base model in a worker, with an adapter whose values can be set. One task at a time uses it.
 *
 * @param base files of the base model
 * @param layout of the adapter
 * @param text encodes captions
 * @param latentScale factor on latents before the UNet gets them
 */
public record AdapterWorker(
    ModelFolder base,
    Ops ops,
    AdapterLayout layout,
    LoraAdapter adapter,
    AdapterGradient gradient,
    TextEncoding text,
    NoiseSchedule schedule,
    double latentScale)
    implements AutoCloseable {
  @Override
  public void close() {
    adapter.close();
    ops.close();
  }
}
