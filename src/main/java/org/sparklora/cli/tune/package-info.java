/**
 * The search of {@code tune}: which recipes there are to try.
 *
 * <p>Start with {@link org.sparklora.cli.tune.SearchOptions}. How trials are trained and ranked
 * belongs to {@code spark.tune}.
 */
package org.sparklora.cli.tune;
