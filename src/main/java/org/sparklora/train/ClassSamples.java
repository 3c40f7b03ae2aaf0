package org.sparklora.train;

/**
 * The samples of the subject's class, of which each micro-batch takes as many as of the subject
 * (prior preservation, Ruiz et al. 2023, arXiv 2208.12242).
 *
 * @param samples the one that stands beside the subject's, by the same slot
 * @param lossWeight factor on their mean loss, which is added to the subject's
 */
public record ClassSamples(SampleSource samples, double lossWeight) {}
