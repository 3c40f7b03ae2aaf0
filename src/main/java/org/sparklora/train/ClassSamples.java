package org.sparklora.train;

/**
 * The samples of the subject's class. Each micro-batch takes as many of them as of the subject
 * (prior preservation, Ruiz et al. 2023, arXiv 2208.12242).
 *
 * @param samples the class sample of each slot, which is paired with the subject's sample of that
 *     slot
 * @param lossWeight factor on their mean loss, which is added to the subject's loss
 */
public record ClassSamples(SampleSource samples, double lossWeight) {}
