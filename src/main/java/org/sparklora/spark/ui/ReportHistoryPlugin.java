package org.sparklora.spark.ui;

import java.io.IOException;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.SparkConf;
import org.apache.spark.deploy.SparkHadoopUtil;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerEvent;
import org.apache.spark.status.AppHistoryServerPlugin;
import org.apache.spark.status.ElementTrackingStore;
import org.apache.spark.ui.SparkUI;
import org.sparklora.report.RunReport;
import org.sparklora.store.WholeFile;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Shows the reports of finished runs in the History Server. The server finds it if {@code
 * spark-lora.jar} is on its class path, and needs the right to read the run's output folder.
 */
public final class ReportHistoryPlugin implements AppHistoryServerPlugin {
  /** The most bytes of a report, which contains the run's pictures. */
  private static final long MOST_BYTES = 512L << 20;

  @Override
  public Seq<SparkListener> createListeners(SparkConf settings, ElementTrackingStore store) {
    List<SparkListener> listeners = List.of(new Keeper(store));
    return CollectionConverters.asScala(listeners).toSeq();
  }

  @Override
  public void setupUI(SparkUI ui) {
    try {
      String location = ui.store().store().read(StoredReport.class, StoredReport.KEY).location();
      ReportTab.attach(ui, () -> Optional.of(read(location)));
    } catch (NoSuchElementException e) {
      return; // another program's application
    } catch (Exception e) {
      throw new IllegalStateException("Cannot read where the report is: " + e.getMessage(), e);
    }
  }

  /** Reads a report. Anyone can write an event log, so only files named as reports are read. */
  private static byte[] read(String location) throws IOException {
    Path page = new Path(location);
    if (!page.getName().equals(RunReport.PAGE)) {
      throw new IOException(location + " is no report");
    }
    Configuration hadoop = SparkHadoopUtil.get().conf();
    return WholeFile.read(page.getFileSystem(hadoop), page, MOST_BYTES);
  }

  /** Keeps the last report location in an application's events. */
  private static final class Keeper extends SparkListener {
    private final ElementTrackingStore store;

    Keeper(ElementTrackingStore store) {
      this.store = store;
    }

    @Override
    public void onOtherEvent(SparkListenerEvent event) {
      if (event instanceof ReportPlaced placed) {
        store.write(new StoredReport(placed.location()));
      }
    }
  }
}
