package org.sparklora.nn.text;

import java.util.OptionalInt;
import org.sparklora.nn.Activation;

/**
 * The fields of {@code text_encoder/config.json} that change the computation.
 *
 * @param eosTokenId the id the pooled output is read at; 2 means the largest id, as transformers
 *     treats configurations written before that field was right
 * @param projectionDim width of the pooled text of {@code CLIPTextModelWithProjection}; empty for
 *     {@code CLIPTextModel}
 */
public record ClipTextConfig(
    int vocabSize,
    int hiddenSize,
    int intermediateSize,
    int numHiddenLayers,
    int numAttentionHeads,
    int maxPositionEmbeddings,
    Activation hiddenActivation,
    double layerNormEps,
    int eosTokenId,
    OptionalInt projectionDim) {}
