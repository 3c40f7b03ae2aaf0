package org.sparklora.nn.text;

import java.util.OptionalInt;
import org.sparklora.nn.Activation;

/**
 * The fields of {@code text_encoder/config.json} that change the computation.
 *
 * @param eosTokenId id at which the pooled output is read; 2 means the largest id, because
 *     transformers treats old configurations so, in which this field was wrong
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
