package org.sparklora.lora;

/**
 * An adapter's part in a sum.
 *
 * @param name where it comes from, for messages and the sum's metadata
 * @param weight its updates are multiplied by; learned tokens are not
 */
public record WeightedAdapter(String name, Adapter adapter, double weight) {}
