/** The build's own arithmetic against reference tensors. */
package org.sparklora.verify;
