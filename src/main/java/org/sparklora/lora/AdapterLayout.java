package org.sparklora.lora;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.sparklora.InvalidInputException;
import org.sparklora.tensor.KeyedRandom;
import org.sparklora.tensor.KeyedRandom.Purpose;

/**
 * Where each tensor of an adapter lies in the flat vector that optimizer, reduction and checkpoints
 * work on: modules by name, A before B, each row-major.
 *
 * @param modules the adapted modules, sorted by name
 */
public record AdapterLayout(List<Module> modules) {

  /**
   * One adapted module.
   *
   * @param name its name in the network
   * @param downShape A: {@code r x in} of a linear layer, {@code r x in x k x k} of a convolution
   * @param upShape B: {@code out x r}, or {@code out x r x 1 x 1}
   * @param downOffset where A begins in the flat vector
   */
  public record Module(String name, long[] downShape, long[] upShape, int downOffset) {
    public int downSize() {
      return product(downShape);
    }

    public int upSize() {
      return product(upShape);
    }

    /** Where B begins in the flat vector. */
    public int upOffset() {
      return downOffset + downSize();
    }

    private static int product(long[] shape) {
      long product = 1;
      for (long size : shape) {
        product *= size;
      }
      return Math.toIntExact(product);
    }
  }

  public AdapterLayout {
    modules = List.copyOf(modules);
  }

  /**
   * Lays out an adapter for a network.
   *
   * @param weights the shapes of the network's tensors by name, as its model file lists them
   * @throws InvalidInputException (CONFIGURATION) when a target matches no module
   */
  public static AdapterLayout of(Map<String, long[]> weights, LoraConfig config) {
    TargetModules targets = TargetModules.of(config.targetModules());
    TreeMap<String, long[]> adaptable = new TreeMap<>();
    weights.forEach(
        (tensor, shape) -> {
          if (tensor.endsWith(".weight") && (shape.length == 2 || shape.length == 4)) {
            adaptable.put(tensor.substring(0, tensor.length() - ".weight".length()), shape);
          }
        });
    targets.requireAllUsed(adaptable.keySet());
    List<Module> modules = new ArrayList<>();
    int offset = 0;
    for (Map.Entry<String, long[]> layer : adaptable.entrySet()) {
      if (targets.match(layer.getKey())) {
        Module module = module(layer.getKey(), layer.getValue(), config.rank(), offset);
        modules.add(module);
        offset = Math.addExact(module.upOffset(), module.upSize());
      }
    }
    return new AdapterLayout(modules);
  }

  private static Module module(String name, long[] weight, int rank, int offset) {
    long[] down = weight.clone();
    down[0] = rank;
    long[] up = weight.length == 2 ? new long[] {0, 0} : new long[] {0, 0, 1, 1};
    up[0] = weight[0];
    up[1] = rank;
    return new Module(name, down, up, offset);
  }

  /** Length of the flat vector. */
  public int parameters() {
    Module last = modules.get(modules.size() - 1);
    return last.upOffset() + last.upSize();
  }

  /**
   * The values training starts from: A normal with standard deviation 1/r (PEFT's "gaussian", the
   * yardstick's choice), B zero.
   */
  public float[] initialValues(long seed) {
    float[] values = new float[parameters()];
    for (int i = 0; i < modules.size(); i++) {
      Module module = modules.get(i);
      float deviation = 1f / module.downShape()[0];
      float[] normals = KeyedRandom.of(seed, Purpose.LORA_INIT, 0, i).normals(module.downSize());
      for (int j = 0; j < normals.length; j++) {
        values[module.downOffset() + j] = normals[j] * deviation;
      }
    }
    return values;
  }

  /**
   * The adapter of a UNet that a flat vector holds.
   *
   * @param values {@code float[parameters()]}
   */
  public Adapter adapter(float[] values, LoraConfig config) {
    List<AdaptedModule> adapted = new ArrayList<>();
    for (Module module : modules) {
      int middle = module.upOffset();
      adapted.add(
          new AdaptedModule(
              AdaptedModule.Network.UNET,
              module.name(),
              module.downShape(),
              Arrays.copyOfRange(values, module.downOffset(), middle),
              module.upShape(),
              Arrays.copyOfRange(values, middle, middle + module.upSize()),
              config.scale() * config.rank()));
    }
    return new Adapter(adapted, List.of(), Map.of());
  }
}
