package org.sparklora.spark.worker;

import org.sparklora.lora.AdapterLayout;
import org.sparklora.lora.LoraAdapter;
import org.sparklora.model.folder.ModelFolder;
import org.sparklora.schedulers.NoiseSchedule;
import org.sparklora.tensor.Ops;
import org.sparklora.train.AdapterGradient;
import org.sparklora.train.TextEncoding;

/**
 * A base model in a worker, with an adapter on it that takes any values. One task at a time uses
 * it.
 *
 * @param base its files
 * @param layout of the adapter
 * @param text what encodes captions
 * @param latentScale what latents are multiplied by before the UNet sees them
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
