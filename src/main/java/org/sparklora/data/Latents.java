package org.sparklora.data;

import java.util.Optional;

/**
 * The posterior of a picture's latents, before the scaling factor.
 *
 * @param mean {@code float[C * h * w]}
 * @param logVariance the same shape; empty where the latents are certain
 */
public record Latents(float[] mean, Optional<float[]> logVariance) {}
