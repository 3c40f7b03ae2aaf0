/** Noise schedulers, one interface. */
package org.sparklora.schedulers;
