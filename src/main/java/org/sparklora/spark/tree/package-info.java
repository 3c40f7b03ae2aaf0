/**
 * Sums on the way: processes of workers add what others send them and pass on one sum.
 *
 * <p>Start with {@link org.sparklora.spark.tree.SumTree}, which says who sends to whom, and {@link
 * org.sparklora.spark.tree.Junction}, the part of it in one process. When a step is complete, and
 * what becomes of a broken tree, is decided in {@code spark.reduce}.
 */
package org.sparklora.spark.tree;
