/** Targets, injection, scale, merge. */
package org.sparklora.lora;
