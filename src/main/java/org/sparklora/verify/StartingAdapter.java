package org.sparklora.verify;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.sparklora.lora.AdapterLayout;
import org.sparklora.lora.LoraConfig;
import org.sparklora.lora.Trainables;
import org.sparklora.model.ModelFamily;
import org.sparklora.model.Network;
import org.sparklora.model.TensorAliases;
import org.sparklora.model.file.SafetensorsFile;
import org.sparklora.model.file.TensorInfo;
import org.sparklora.model.folder.ModelFolder;
import org.sparklora.util.InvalidInputException;

/**
 * The adapter that a reference's runs start from, under PEFT's keys.
 *
 * @param values in the layout's order
 */
record StartingAdapter(AdapterLayout layout, float[] values) {
  private static final String DOWN = ".lora_A.weight";
  private static final String UP = ".lora_B.weight";
  private static final Pattern ALPHA = Pattern.compile("alpha\\s*=\\s*([0-9.]+)");

  /** Where a tensor of an adapter comes from. */
  interface Source {
    float[] read(String name, int values);
  }

  /** Reads the file. Rank, alpha and modules are those of the file. */
  static StartingAdapter of(SafetensorsFile file, ModelFolder model) {
    Map<Network, List<String>> modules = new EnumMap<>(Network.class);
    int rank = 0;
    for (TensorInfo tensor : file.tensors().values()) {
      for (Network network : Network.values()) {
        String prefix = network.component() + ".";
        if (tensor.name().startsWith(prefix) && tensor.name().endsWith(DOWN)) {
          int end = tensor.name().length() - DOWN.length();
          modules
              .computeIfAbsent(network, none -> new ArrayList<>())
              .add(tensor.name().substring(prefix.length(), end));
          rank = Math.toIntExact(tensor.shape()[0]);
        }
      }
    }
    AdapterLayout layout = layout(modules, rank, alpha(file), model);
    float[] values = flat(layout, (name, size) -> Reference.floats(file.data(name)));
    return new StartingAdapter(layout, values);
  }

  private static double alpha(SafetensorsFile file) {
    Matcher alpha = ALPHA.matcher(file.metadata().toString());
    if (!alpha.find()) {
      throw InvalidInputException.data(
          "Missing alpha in the metadata of " + file.source() + ": expected alpha=NUMBER");
    }
    return Double.parseDouble(alpha.group(1));
  }

  private static AdapterLayout layout(
      Map<Network, List<String>> modules, int rank, double alpha, ModelFolder model) {
    Map<Network, LoraConfig> lora = new EnumMap<>(Network.class);
    Map<Network, Map<String, long[]>> weights = new EnumMap<>(Network.class);
    modules.forEach(
        (network, names) -> {
          lora.put(network, new LoraConfig(rank, alpha, 0, false, names));
          TreeMap<String, long[]> shapes = new TreeMap<>();
          model
              .weights(network.component())
              .tensors()
              .forEach(
                  (name, info) -> shapes.put(TensorAliases.known(network, name), info.shape()));
          weights.put(network, shapes);
        });
    return AdapterLayout.of(
        ModelFamily.of(model), weights, Map.of(), new Trainables(lora, List.of()));
  }

  /** Puts an adapter's tensors into the layout's order. */
  static float[] flat(AdapterLayout layout, Source source) {
    float[] values = new float[layout.parameters()];
    for (AdapterLayout.Module module : layout.modules()) {
      String name = module.network().component() + "." + module.name();
      float[] down = source.read(name + DOWN, module.downSize());
      float[] up = source.read(name + UP, module.upSize());
      System.arraycopy(down, 0, values, module.downOffset(), module.downSize());
      System.arraycopy(up, 0, values, module.upOffset(), module.upSize());
    }
    return values;
  }
}
