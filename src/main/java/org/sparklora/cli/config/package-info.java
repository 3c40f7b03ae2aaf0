/**
 * Finds the value of a flag in the command line, a YAML file, Spark's settings or its default.
 *
 * <p>Start with {@link org.sparklora.cli.config.ConfigurationOptions}. {@link
 * org.sparklora.cli.config.Problems} collects what is wrong, so that one message names all of it.
 * Single flags do not belong here.
 */
package org.sparklora.cli.config;
