/**
 * Sums on the way: processes of workers add what others send them and pass on one sum.
 *
 * <p>Start with {@link org.sparklora.spark.tree.SumTree}, which says who sends to whom, and {@link
 * org.sparklora.spark.tree.Junction}, the part of it in one process. {@code spark.reduce} decides
 * when a step is complete, and replaces a broken tree.
 */
package org.sparklora.spark.tree;
