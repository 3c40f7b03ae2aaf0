package org.sparklora.pipeline.request;

import java.io.Serializable;

/**
 * A checked description of pictures to draw. It is sent to every process that draws.
 *
 * @param start of every picture
 * @param batchSize pictures drawn at once; with 1, the default, a picture's bits do not depend on
 *     the others, on their order, or on how Spark spreads them
 */
public record Generation(
    PipelineConfig pipeline,
    SamplingConfig sampling,
    StartingPoint start,
    Repeats repeats,
    int batchSize)
    implements Serializable {}
