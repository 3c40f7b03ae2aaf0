package org.sparklora.lora;

/**
 * A token that textual inversion learned (Gal et al. 2022, arXiv 2208.01618).
 *
 * @param token what stands for it in a prompt
 * @param vectors its rows of the token embedding, each as wide as the text encoder
 */
public record LearnedToken(String token, float[][] vectors) {}
