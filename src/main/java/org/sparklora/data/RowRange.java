package org.sparklora.data;

import java.io.Serializable;

/**
 * Consecutive rows of one row group: a task's share of the data set.
 *
 * @param file where they are
 * @param rowGroup number of the row group in the file
 * @param from first row in the row group
 * @param to row in the row group after the last
 * @param firstId the id of row {@code from}
 */
public record RowRange(DataFile file, int rowGroup, long from, long to, long firstId)
    implements Serializable {}
