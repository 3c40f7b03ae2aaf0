package org.sparklora.data.caption;

/**
 * A caption.
 *
 * @param text as in the data set
 * @param tokenIds its token ids, padded to the text encoder's length
 */
public record Caption(String text, int[] tokenIds) {}
