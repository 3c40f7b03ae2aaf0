/**
 * The library: an estimator and a model in the manner of Spark ML, for programs and notebooks that
 * have a Spark session.
 *
 * <p>Start with {@link org.sparklora.api.LoraEstimator}. Its params are the command line's flags,
 * and the same code checks and runs them. Public classes and methods here stay as they are.
 */
package org.sparklora.api;
