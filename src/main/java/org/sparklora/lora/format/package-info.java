/** Adapter files. */
package org.sparklora.lora.format;
