package org.sparklora.lora.format;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.sparklora.lora.AdaptedModule;
import org.sparklora.lora.Adapter;
import org.sparklora.lora.key.AlphaRule;
import org.sparklora.lora.key.ModuleGathering;
import org.sparklora.lora.key.NamedTensors;
import org.sparklora.lora.key.ScaleFolding;
import org.sparklora.lora.key.Slot;
import org.sparklora.lora.key.StableDiffusionLayout;
import org.sparklora.lora.key.StableDiffusionLayout.Group;
import org.sparklora.model.Network;
import org.sparklora.model.file.TensorFile;
import org.sparklora.model.file.TensorInfo;
import org.sparklora.util.InvalidInputException;

/**
 * The {@code .pt} files of cloneofsimo/lora: a list of B, A, B, A, ... of one network. The file
 * does not say which network. It is the UNet if number and shapes are those of its attentions, with
 * or without feed-forwards. It is the text encoder if all modules are square.
 */
final class CloneofsimoListNaming implements AdapterNaming {
  @Override
  public boolean recognises(AdapterSource source) {
    Set<String> keys = source.tensors().tensors().keySet();
    return !keys.isEmpty() && keys.stream().allMatch(key -> key.matches("\\d{1,6}"));
  }

  @Override
  public Adapter read(AdapterSource source) {
    TensorFile file = source.tensors();
    List<CloneofsimoModules.Shapes> shapes = shapes(file);
    Optional<List<String>> unet =
        CloneofsimoModules.unet(Set.of(Group.ATTENTION, Group.GEGLU), shapes)
            .or(() -> CloneofsimoModules.unet(Set.of(Group.ATTENTION), shapes));
    Optional<List<String>> names = unet.or(() -> CloneofsimoModules.textEncoder(shapes));
    if (names.isEmpty()) {
      throw InvalidInputException.data(
          "Unsupported adapter "
              + file.source()
              + ": a list of "
              + file.tensors().size()
              + " tensors that is neither Stable Diffusion's UNet's nor its text encoder's; convert"
              + " it with the tool that made it");
    }
    Network network = unet.isPresent() ? Network.UNET : Network.TEXT_ENCODER;
    Map<String, Slot> slots = new HashMap<>();
    for (int i = 0; i < shapes.size(); i++) {
      String name = names.get().get(i);
      slots.put(String.valueOf(2 * i), new Slot(network, name, Slot.Part.UP));
      slots.put(String.valueOf(2 * i + 1), new Slot(network, name, Slot.Part.DOWN));
    }
    List<AdaptedModule> modules =
        new ModuleGathering(file)
            .addAll(key -> Optional.ofNullable(slots.get(key)))
            .modules(AlphaRule.RANK);
    return new Adapter(modules, List.of(), Map.of());
  }

  private static List<CloneofsimoModules.Shapes> shapes(TensorFile file) {
    List<CloneofsimoModules.Shapes> shapes = new ArrayList<>();
    while (true) {
      TensorInfo up = file.tensors().get(String.valueOf(2 * shapes.size()));
      TensorInfo down = file.tensors().get(String.valueOf(2 * shapes.size() + 1));
      if (down == null || up == null || down.shape().length < 2 || up.shape().length < 2) {
        return shapes;
      }
      shapes.add(new CloneofsimoModules.Shapes(down.shape(), up.shape()));
    }
  }

  @Override
  public NamedTensors write(Adapter adapter) {
    AdapterFormat format = AdapterFormat.CLONEOFSIMO_PT;
    Unsupported.tokens(adapter, format);
    Unsupported.dora(adapter, format);
    Unsupported.secondEncoder(adapter, format);
    List<AdaptedModule> unet = CloneofsimoList.of(adapter, Network.UNET, format);
    List<AdaptedModule> textEncoder = CloneofsimoList.of(adapter, Network.TEXT_ENCODER, format);
    if (!unet.isEmpty() && !textEncoder.isEmpty()) {
      throw InvalidInputException.configuration(
          "Unsupported in format "
              + format
              + ": UNet and text encoder in one file; write "
              + AdapterFormat.CLONEOFSIMO
              + ", which holds both");
    }
    requireStableDiffusion(unet, format);
    NamedTensors file = new NamedTensors();
    for (AdaptedModule module : unet.isEmpty() ? textEncoder : unet) {
      file.add(String.valueOf(file.tensors().size()), module.upShape(), ScaleFolding.up(module));
      file.add(String.valueOf(file.tensors().size()), module.downShape(), module.down());
    }
    return file;
  }

  private static void requireStableDiffusion(List<AdaptedModule> unet, AdapterFormat format) {
    boolean resnets = CloneofsimoModules.groups(unet).contains(Group.RESNET);
    if (resnets || !unet.stream().allMatch(StableDiffusionLayout::has)) {
      throw InvalidInputException.configuration(
          "Unsupported in format "
              + format
              + ": "
              + (resnets ? "resnets" : "a UNet other than Stable Diffusion's")
              + ", because the list says nothing about its modules; write "
              + AdapterFormat.CLONEOFSIMO);
    }
  }
}
