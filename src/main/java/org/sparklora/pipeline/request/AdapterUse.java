package org.sparklora.pipeline.request;

import java.io.Serializable;
import java.util.List;

/**
 * The adapters of a pipeline.
 *
 * @param adapters that are used at the same time
 * @param fused {@code --fuse}: whether their updates are added to the weights when the model is
 *     loaded, instead of being computed beside them at every step
 * @param scale {@code --lora_scale}: factor on every weight, as diffusers' {@code
 *     cross_attention_kwargs={"scale": ...}}
 */
public record AdapterUse(List<WeightedAdapter> adapters, boolean fused, double scale)
    implements Serializable {
  public AdapterUse {
    adapters = List.copyOf(adapters);
  }

  /** No adapter: the base model. */
  public static AdapterUse none() {
    return new AdapterUse(List.of(), false, 1);
  }
}
