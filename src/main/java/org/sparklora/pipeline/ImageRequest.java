package org.sparklora.pipeline;

import java.io.Serializable;

/**
 * One picture to draw.
 *
 * @param negativePrompt what guidance leads away from; empty for nothing
 * @param seed of its noise alone: a picture does not depend on those drawn with it
 */
public record ImageRequest(String prompt, String negativePrompt, long seed)
    implements Serializable {}
