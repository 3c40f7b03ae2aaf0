package org.sparklora.spark.run;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sparklora.hub.HubUri;
import org.sparklora.hub.publish.PublishConfig;
import org.sparklora.lora.AdapterLayout;
import org.sparklora.model.BaseModelIdentity;
import org.sparklora.model.folder.Locations;
import org.sparklora.report.ImageGrid;
import org.sparklora.report.ModelCard;
import org.sparklora.report.event.RunEvent.ValidationPicture;
import org.sparklora.spark.prepare.LeftOut;
import org.sparklora.store.FileContent;
import org.sparklora.store.OutputLease;
import org.sparklora.store.StoreFile;

/**
 * The output folder of a run. It is written while the run holds its lease.
 *
 * @param baseModel {@link BaseModelIdentity}
 */
public record TrainingOutput(
    TrainingConfig config,
    AdapterLayout layout,
    String baseModel,
    Configuration hadoop,
    OutputLease lease)
    implements OutputFiles {
  private static final Logger LOG = LoggerFactory.getLogger(TrainingOutput.class);

  public Path folder() {
    return new Path(config.outputDir());
  }

  @Override
  public void write(Path path, FileContent content) throws IOException {
    lease.requireHeld();
    StoreFile.of(new Path(folder(), path), hadoop).replace(content, lease);
  }

  /** Makes the adapter's files. */
  public AdapterFiles files() {
    return new AdapterFiles(layout, config.trainables(), baseModel, config.model().place());
  }

  /**
   * Writes the results of a finished run: pictures, model card, and last the adapter.
   *
   * @param leftOut the data that was not trained on, see {@link LeftOut}
   * @return the adapter's last file
   */
  public Path finish(float[] values, List<ValidationPicture> drawn, List<String> leftOut)
      throws IOException {
    describe(drawn, leftOut);
    if (config.places().kohya().isPresent()) {
      KohyaCopy copy = config.places().kohya().get();
      write(new Path(copy.path()), copy.content(config, layout, values));
      LOG.info("Adapter for the web UIs: {}", new Path(folder(), copy.path()));
    }
    Path path = folder();
    for (Map.Entry<String, FileContent> file : files().of(values).entrySet()) {
      write(new Path(file.getKey()), file.getValue());
      path = new Path(folder(), file.getKey());
      LOG.info("Adapter: {}", path);
    }
    return path;
  }

  /** Writes what stands beside an adapter: its pictures and its model card. */
  public void describe(List<ValidationPicture> drawn, List<String> leftOut) throws IOException {
    if (!drawn.isEmpty()) {
      byte[] grid = ImageGrid.png(drawn);
      write(new Path(OutputContents.SAMPLES), out -> out.write(grid));
      LOG.info(
          "Pictures of base and adapted model: {}", new Path(folder(), OutputContents.SAMPLES));
    }
    byte[] card =
        card(name(), place(), !drawn.isEmpty(), leftOut).text().getBytes(StandardCharsets.UTF_8);
    write(new Path(OutputContents.CARD), out -> out.write(card));
    LOG.info("Model card: {}", new Path(folder(), OutputContents.CARD));
  }

  private String name() {
    return config.hub().publish().flatMap(PublishConfig::modelId).orElse(folder().getName());
  }

  private String place() {
    return config.hub().publish().flatMap(PublishConfig::modelId).orElse(folder().toString());
  }

  /**
   * The model card.
   *
   * @param name the adapter's title
   * @param place of the adapter
   * @param leftOut the data that was not trained on
   */
  public ModelCard card(String name, String place, boolean hasSamples, List<String> leftOut) {
    return new ModelCard(
        name,
        Locations.shown(place),
        config.model().place(),
        ModelCard.knownLicense(config.model().name()),
        datasetName(),
        config
            .data()
            .prompt()
            .filter(prompt -> layout.tokens().isEmpty() && !config.data().isJoined()),
        config.flags(),
        hasSamples ? Optional.of(OutputContents.SAMPLES) : Optional.empty(),
        config.validation().texts(),
        layout.tokens().stream().map(token -> token.token().token()).distinct().toList(),
        tokenEmbeddings(),
        !layout.modules().isEmpty(),
        leftOut);
  }

  /** How many text encoders' token embeddings hold the learned tokens: 0, 1 or, with SDXL, 2. */
  public int tokenEmbeddings() {
    return (int) layout.tokens().stream().map(AdapterLayout.Token::encoder).distinct().count();
  }

  /** The data set's name as it was given, with the commit if it is on the hub. */
  private String datasetName() {
    if (!config.data().others().isEmpty()) {
      return String.join(", ", config.data().places());
    }
    String location = config.data().datasetName();
    return HubUri.isHub(location)
        ? location
        : config.flags().getOrDefault("dataset_name", location);
  }
}
