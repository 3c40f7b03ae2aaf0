package org.sparklora.spark;

import java.util.Optional;
import java.util.function.Consumer;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sparklora.data.DataConfig;
import org.sparklora.data.TableConfig;
import org.sparklora.spark.table.PinnedTable;
import org.sparklora.spark.table.TableCopy;
import org.sparklora.util.Findings;
import org.sparklora.util.InvalidInputException;

/**
 * The data of a run whose data set is a table.
 *
 * @param data the settings for the table's copy
 * @param read the table, with the version that was read
 */
record TableData(DataConfig data, TableConfig read) {
  private static final Logger LOG = LoggerFactory.getLogger(TableData.class);

  /**
   * Copies the table that the configuration names.
   *
   * @param given the table's rows, if a caller has handed them over
   * @param folder of latents, beside which the copy lies
   * @param others further checks, which run before the table is read
   * @throws InvalidInputException when an input cannot be used
   */
  static TableData copy(
      DataConfig data,
      Optional<Dataset<Row>> given,
      RunSpark cluster,
      String folder,
      Consumer<Findings> others) {
    TableConfig wanted = data.table().orElseThrow();
    Findings findings = new Findings();
    others.accept(findings);
    given.ifPresent(rows -> findings.check(() -> TableCopy.check(rows.schema(), data)));
    findings.throwAll();
    LOG.info("Reading the table {}", wanted.name());
    PinnedTable table =
        given
            .map(rows -> new PinnedTable(rows, wanted))
            .orElseGet(() -> PinnedTable.open(cluster.session(), wanted));
    cluster.open();
    TableCopy.check(table.rows().schema(), data);
    return new TableData(data.copiedTo(TableCopy.write(table.rows(), data, folder)), table.read());
  }
}
