/**
 * Checks of a single flag: the least and greatest value, the kind of location.
 *
 * <p>Start with {@link org.sparklora.cli.check.Bounds} and {@link
 * org.sparklora.cli.check.LocationSchemes}. Nothing here knows a command; {@code cli.config}
 * applies these rules to the values given.
 */
package org.sparklora.cli.check;
