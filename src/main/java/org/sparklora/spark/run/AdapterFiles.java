package org.sparklora.spark.run;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.sparklora.lora.Adapter;
import org.sparklora.lora.AdapterLayout;
import org.sparklora.lora.LoraConfig;
import org.sparklora.lora.Trainables;
import org.sparklora.lora.format.AdapterFormat;
import org.sparklora.lora.format.LearnedTokenFiles;
import org.sparklora.lora.format.LycorisAdapterFile;
import org.sparklora.lora.format.PeftAdapterFile;
import org.sparklora.model.BaseModelIdentity;
import org.sparklora.model.ModelFamily;
import org.sparklora.model.Network;
import org.sparklora.report.ModelCard;
import org.sparklora.store.FileContent;

/**
 * Makes the files of an adapter.
 *
 * @param identity {@link BaseModelIdentity}
 * @param place of the base model, for the card beside a checkpoint's adapter
 */
public record AdapterFiles(
    AdapterLayout layout, Trainables trainables, String identity, String place) {
  /** The format that holds both low-rank updates and learned tokens. */
  static final AdapterFormat WITH_TOKENS = AdapterFormat.CLONEOFSIMO;

  private static final List<AdapterFormat> TOKEN_FORMATS =
      List.of(AdapterFormat.TEXTUAL_INVERSION, AdapterFormat.TEXTUAL_INVERSION_BIN);

  /** An adapter's files by name, in the order in which they must be written. */
  public Map<String, FileContent> of(float[] values) {
    Map<String, FileContent> files = new LinkedHashMap<>();
    if (!layout.modules().isEmpty()) {
      Map<Network, LoraConfig> configs = trainables.in(family()).lora();
      files.put(PeftAdapterFile.NAME, weights(configs, values));
    }
    if (!layout.tokens().isEmpty()) {
      files.putAll(tokenFiles(layout.adapter(values)));
    }
    return files;
  }

  private FileContent weights(Map<Network, LoraConfig> configs, float[] values) {
    if (!layout.isLycoris()) {
      PeftAdapterFile weights = new PeftAdapterFile(layout, configs, identity);
      return out -> weights.write(values, out);
    }
    LycorisAdapterFile weights = new LycorisAdapterFile(layout, configs.get(Network.UNET));
    Map<String, String> base = Map.of(PeftAdapterFile.BASE_MODEL, identity);
    return out -> weights.tensors(values, base).writeSafetensors(out);
  }

  /**
   * The same for a checkpoint, with a card that names the base model, so that {@code generate} can
   * draw with it.
   */
  public Map<String, FileContent> ofCheckpoint(float[] values) {
    byte[] card = ModelCard.ofCheckpoint(place).getBytes(StandardCharsets.UTF_8);
    Map<String, FileContent> files = of(values);
    files.put(OutputContents.CARD, out -> out.write(card));
    return files;
  }

  private ModelFamily family() {
    return layout.hasSecondEncoder()
        ? ModelFamily.STABLE_DIFFUSION_XL
        : ModelFamily.STABLE_DIFFUSION;
  }

  /**
   * Files of the learned tokens, and if there are low-rank updates, one more file with both. Of
   * SDXL's two text encoders only the first kind of file can tell.
   */
  private Map<String, FileContent> tokenFiles(Adapter adapter) {
    Map<String, String> metadata = Map.of(PeftAdapterFile.BASE_MODEL, identity);
    boolean xl = layout.hasSecondEncoder();
    List<AdapterFormat> formats = xl ? TOKEN_FORMATS.subList(0, 1) : TOKEN_FORMATS;
    Map<String, FileContent> files =
        new LinkedHashMap<>(LearnedTokenFiles.of(adapter.tokens(), formats, metadata));
    if (!adapter.modules().isEmpty() && !xl) {
      files.putAll(WITH_TOKENS.files(new Adapter(adapter.modules(), adapter.tokens(), metadata)));
    }
    return files;
  }
}
