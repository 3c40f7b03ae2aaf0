/**
 * Small things that every room may use and that know no other room.
 *
 * <p>Examples are {@link org.sparklora.util.InvalidInputException} for bad input and {@link
 * org.sparklora.util.Redaction} for secrets. Code that only one room needs belongs to that room.
 */
package org.sparklora.util;
