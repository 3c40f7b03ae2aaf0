package org.sparklora.train;

import java.util.Optional;
import java.util.OptionalDouble;
import org.sparklora.schedulers.PredictionType;

/**
 * What the UNet is asked to predict and how its error is weighed.
 *
 * @param predictionType {@code --prediction_type}; empty for the base model's own
 * @param snrGamma {@code --snr_gamma}, min-SNR weighting (Hang et al. 2023, arXiv 2303.09556)
 * @param noiseOffset {@code --noise_offset}, standard deviation of a per-channel constant added to
 *     the noise; 0 for none
 */
public record ObjectiveConfig(
    Optional<PredictionType> predictionType, OptionalDouble snrGamma, double noiseOffset) {}
