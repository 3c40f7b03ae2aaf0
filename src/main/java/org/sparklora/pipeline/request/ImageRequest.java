package org.sparklora.pipeline.request;

import java.io.Serializable;

/**
 * One picture to draw.
 *
 * @param negativePrompt text that guidance leads away from; empty for none
 * @param seed of its noise; a picture does not depend on those drawn with it
 */
public record ImageRequest(String prompt, String negativePrompt, long seed)
    implements Serializable {}
