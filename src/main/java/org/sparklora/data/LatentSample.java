package org.sparklora.data;

import java.util.Optional;

/**
 * One picture of the latent cache.
 *
 * @param id its row among all rows of the data set, files sorted by name
 * @param tokenIds its caption's tokens, padded
 * @param channels latent channels, C
 * @param height latent height, h
 * @param width latent width, w
 * @param flipped the latents of the mirrored picture, where the cache has them
 */
public record LatentSample(
    long id,
    String caption,
    int[] tokenIds,
    int channels,
    int height,
    int width,
    Latents plain,
    Optional<Latents> flipped) {}
