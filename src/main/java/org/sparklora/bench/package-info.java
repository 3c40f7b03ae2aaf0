/** Time and memory of the parts of training and drawing, on the machine at hand. */
package org.sparklora.bench;
