/**
 * Compares this machine's arithmetic with reference tensors.
 *
 * <p>Start with {@link org.sparklora.verify.Verification}.
 */
package org.sparklora.verify;
