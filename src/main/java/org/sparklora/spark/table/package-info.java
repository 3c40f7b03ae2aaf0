/**
 * Tables that Spark reads, as data to train on: a table is copied once into plain Parquet files.
 *
 * <p>Start with {@link org.sparklora.spark.table.TableCopy}. What the files hold and how they are
 * read is the business of {@code data}.
 */
package org.sparklora.spark.table;
