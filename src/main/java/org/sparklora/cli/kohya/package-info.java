/**
 * Carries a configuration of kohya's sd-scripts over: their keys in, the keys of this program out.
 *
 * <p>Start with {@link org.sparklora.cli.kohya.KohyaConversion}. What becomes of a key stands once,
 * in {@code keys.tsv}; a class here makes the decisions that need several keys. Nothing here trains
 * or reads pictures.
 */
package org.sparklora.cli.kohya;
