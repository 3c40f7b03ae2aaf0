package org.sparklora.nn.text;

import org.sparklora.nn.Activation;

/**
 * The fields of {@code text_encoder/config.json} that change the computation.
 *
 * @param eosTokenId the id the pooled output is read at; 2 means the largest id, as transformers
 *     treats configurations written before that field was right
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
    int eosTokenId) {}
