/**
 * Decides which sample is used when: epochs, buckets, held-out samples, subsets.
 *
 * <p>Start with {@link org.sparklora.data.order.SampleOrder}. Every order is a function of the seed
 * and a counter, so that any worker can compute any part of it.
 */
package org.sparklora.data.order;
