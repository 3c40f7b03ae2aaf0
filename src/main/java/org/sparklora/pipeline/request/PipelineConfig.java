package org.sparklora.pipeline.request;

import java.io.Serializable;
import org.sparklora.model.folder.ModelConfig;
import org.sparklora.tensor.AttentionKernel;
import org.sparklora.tensor.Precision;

/**
 * The settings of a pipeline.
 *
 * @param precision {@code --mixed_precision}: type that the UNet computes in; text encoder and
 *     autoencoder compute in fp32
 * @param threads {@code --threads}: intra-op threads on a CPU
 * @param attention {@code --attention}
 */
public record PipelineConfig(
    ModelConfig base,
    AdapterUse adapters,
    Precision precision,
    int threads,
    AttentionKernel attention)
    implements Serializable {}
