package org.sparklora.spark.run;

import java.util.List;
import java.util.Map;
import org.sparklora.lora.Adapter;
import org.sparklora.lora.AdapterLayout;
import org.sparklora.lora.LoraConfig;
import org.sparklora.lora.format.AdapterFormat;
import org.sparklora.lora.format.LycorisAdapterFile;
import org.sparklora.lora.format.SavePrecision;
import org.sparklora.lora.key.NamedTensors;
import org.sparklora.store.FileContent;

/**
 * A second file of the adapter at the end of a run, for the web UIs: in kohya's names, with their
 * {@code ss_} metadata. It stands in a folder of its own within the output folder.
 *
 * @param name {@code --output_name}, without ending
 * @param precision {@code --save_precision} of its values
 */
public record KohyaCopy(String name, SavePrecision precision) {
  /** The folder. */
  public static final String FOLDER = "kohya";

  static final String ENDING = ".safetensors";

  /** Where it stands in the output folder. */
  public String path() {
    return FOLDER + "/" + name + ENDING;
  }

  /** The file of these values; its bytes are a function of them and of the settings. */
  public FileContent content(TrainingConfig config, AdapterLayout layout, float[] values) {
    Map<String, String> metadata = KohyaMetadata.of(config, layout.shapes());
    metadata.put("ss_output_name", name);
    if (layout.isLycoris()) {
      LoraConfig lora = config.trainables().unet().orElseThrow();
      NamedTensors tensors = new LycorisAdapterFile(layout, lora).tensors(values, metadata);
      return out -> tensors.writeSafetensors(out, precision.type());
    }
    Adapter adapter = layout.adapter(values);
    AdapterFormat format = AdapterFormat.KOHYA;
    return format.theOnly(
        format.files(new Adapter(adapter.modules(), List.of(), metadata), precision));
  }
}
