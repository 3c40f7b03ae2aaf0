/** Engine bridge: op library, precision, memory scopes, keyed random numbers. */
package org.sparklora.tensor;
