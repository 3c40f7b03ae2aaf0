/**
 * Carries a configuration of kohya's sd-scripts over: reads their keys and writes the keys of this
 * program.
 *
 * <p>Start with {@link org.sparklora.cli.kohya.KohyaConversion}. The file {@code keys.tsv} says
 * what becomes of a key; a class here decides where several keys are needed. Nothing here trains or
 * reads pictures.
 */
package org.sparklora.cli.kohya;
