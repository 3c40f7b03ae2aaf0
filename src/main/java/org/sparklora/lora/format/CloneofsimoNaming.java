package org.sparklora.lora.format;

import com.google.gson.JsonElement;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.sparklora.lora.AdaptedModule;
import org.sparklora.lora.Adapter;
import org.sparklora.lora.LearnedToken;
import org.sparklora.lora.key.AlphaRule;
import org.sparklora.lora.key.CloneofsimoOrder;
import org.sparklora.lora.key.FileMetadata;
import org.sparklora.lora.key.ModuleGathering;
import org.sparklora.lora.key.NamedTensors;
import org.sparklora.lora.key.ScaleFolding;
import org.sparklora.lora.key.Slot;
import org.sparklora.lora.key.StableDiffusionLayout.Group;
import org.sparklora.lora.key.TokenTensors;
import org.sparklora.model.Network;
import org.sparklora.model.file.TensorFile;
import org.sparklora.model.file.TensorInfo;
import org.sparklora.util.InvalidInputException;
import org.sparklora.util.PlainJson;

/**
 * The safetensors files of cloneofsimo/lora: modules are numbered in the order in which the tool
 * walks through the network. The metadata has the adapted groups and the ranks, and the file also
 * holds learned tokens. The format has no alpha, so the scale is one.
 */
final class CloneofsimoNaming implements AdapterNaming {
  private static final Pattern KEY = Pattern.compile("(unet|text_encoder):(\\d{1,6}):(up|down)");
  private static final Pattern RANK = Pattern.compile("(unet|text_encoder):\\d+:(rank|name)");
  static final String EMBED = "<embed>";
  private static final List<Network> NETWORKS = List.of(Network.UNET, Network.TEXT_ENCODER);

  private static final Map<Group, List<String>> CLASSES =
      new TreeMap<>(
          Map.of(
              Group.ATTENTION, List.of("Attention", "CrossAttention"),
              Group.GEGLU, List.of("GEGLU"),
              Group.RESNET, List.of("ResnetBlock2D")));

  @Override
  public boolean recognises(AdapterSource source) {
    Set<String> keys = source.tensors().tensors().keySet();
    return keys.stream().anyMatch(key -> KEY.matcher(key).matches())
        || source.tensors().metadata().containsValue(EMBED);
  }

  @Override
  public Adapter read(AdapterSource source) {
    TensorFile file = source.tensors();
    Map<String, String> names = new HashMap<>();
    Map<String, String> metadata = new TreeMap<>(file.metadata());
    metadata.keySet().removeIf(key -> RANK.matcher(key).matches());
    for (Network network : NETWORKS) {
      names.putAll(names(file, network));
      metadata.remove(label(network));
    }
    ModuleGathering modules = new ModuleGathering(file);
    List<LearnedToken> tokens = new ArrayList<>();
    for (TensorInfo tensor : file.tensors().values()) {
      if (EMBED.equals(file.metadata().get(tensor.name()))) {
        tokens.add(TokenTensors.read(file, tensor.name(), tensor.name()));
        metadata.remove(tensor.name());
        continue;
      }
      modules.add(tensor, slot(tensor.name(), names));
    }
    return new Adapter(inOrder(modules.modules(AlphaRule.RANK)), tokens, metadata);
  }

  private static Optional<Slot> slot(String key, Map<String, String> names) {
    Matcher matcher = KEY.matcher(key);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    Network network = matcher.group(1).equals("unet") ? Network.UNET : Network.TEXT_ENCODER;
    Slot.Part part = matcher.group(3).equals("up") ? Slot.Part.UP : Slot.Part.DOWN;
    String number = matcher.group(1) + ":" + Integer.parseInt(matcher.group(2));
    return Optional.ofNullable(names.get(number)).map(name -> new Slot(network, name, part));
  }

  /** Sorts modules into the tool's order, which is not the order of the file's bytes. */
  private static List<AdaptedModule> inOrder(List<AdaptedModule> modules) {
    CloneofsimoOrder order = new CloneofsimoOrder(false);
    return modules.stream()
        .sorted(
            Comparator.comparing(AdaptedModule::network).thenComparing(AdaptedModule::name, order))
        .toList();
  }

  /** The network's modules by label and number, such as {@code unet:17}. */
  private static Map<String, String> names(TensorFile file, Network network) {
    List<CloneofsimoModules.Shapes> shapes = shapes(file, network);
    Map<String, String> names = new HashMap<>();
    if (shapes.isEmpty()) {
      return names;
    }
    List<String> modules = modules(file, network, shapes);
    for (int i = 0; i < modules.size(); i++) {
      names.put(label(network) + ":" + i, modules.get(i));
    }
    return names;
  }

  private static List<CloneofsimoModules.Shapes> shapes(TensorFile file, Network network) {
    List<CloneofsimoModules.Shapes> shapes = new ArrayList<>();
    while (true) {
      String key = label(network) + ":" + shapes.size() + ":";
      TensorInfo down = file.tensors().get(key + "down");
      TensorInfo up = file.tensors().get(key + "up");
      if (down == null || up == null || down.shape().length < 2 || up.shape().length < 2) {
        return shapes;
      }
      shapes.add(new CloneofsimoModules.Shapes(down.shape(), up.shape()));
    }
  }

  private static List<String> modules(
      TensorFile file, Network network, List<CloneofsimoModules.Shapes> shapes) {
    String label = label(network);
    // This program's writer adds the names, so that networks of other layouts can be read back.
    List<String> named = new ArrayList<>();
    for (int i = 0; i < shapes.size(); i++) {
      String name = file.metadata().get(label + ":" + i + ":name");
      if (name != null) {
        named.add(name);
      }
    }
    if (named.size() == shapes.size()) {
      return named;
    }
    List<String> classes = classes(file, label);
    Optional<List<String>> modules =
        network == Network.UNET
            ? groups(classes).flatMap(groups -> CloneofsimoModules.unet(groups, shapes))
            : classes.equals(List.of("CLIPAttention"))
                ? CloneofsimoModules.textEncoder(shapes)
                : Optional.empty();
    return modules.orElseThrow(
        () ->
            InvalidInputException.data(
                "Unsupported adapter "
                    + file.source()
                    + ": it numbers "
                    + shapes.size()
                    + " modules in "
                    + classes
                    + " of the "
                    + label
                    + ", which are not those of Stable Diffusion 1.x or 2.x; convert it with the"
                    + " tool that made it"));
  }

  private static List<String> classes(TensorFile file, String label) {
    String text = file.metadata().get(label);
    if (text != null) {
      try {
        List<String> classes = new ArrayList<>();
        JsonElement json = PlainJson.read(text);
        if (json.isJsonArray()) {
          json.getAsJsonArray().forEach(item -> PlainJson.text(item).ifPresent(classes::add));
        }
        return classes;
      } catch (IOException e) {
        throw InvalidInputException.data(
            "Invalid adapter "
                + file.source()
                + ": its metadata "
                + label
                + " is not JSON: "
                + e.getMessage(),
            e);
      }
    }
    throw InvalidInputException.data(
        "Invalid adapter "
            + file.source()
            + ": its metadata has no entry "
            + label
            + " that says which modules are numbered");
  }

  private static Optional<Set<Group>> groups(List<String> classes) {
    Set<Group> groups = EnumSet.noneOf(Group.class);
    for (String name : classes) {
      Optional<Group> group =
          CLASSES.entrySet().stream()
              .filter(entry -> entry.getValue().contains(name))
              .map(Map.Entry::getKey)
              .findFirst();
      if (group.isEmpty()) {
        return Optional.empty();
      }
      groups.add(group.get());
    }
    return Optional.of(groups);
  }

  @Override
  public NamedTensors write(Adapter adapter) {
    Unsupported.dora(adapter, AdapterFormat.CLONEOFSIMO);
    Unsupported.secondEncoder(adapter, AdapterFormat.CLONEOFSIMO);
    NamedTensors file = new NamedTensors();
    FileMetadata.ofLora(adapter.metadata()).forEach(file::metadata);
    for (LearnedToken token : adapter.tokens()) {
      TokenTensors.add(file, token.token(), token);
      file.metadata(token.token(), EMBED);
    }
    for (Network network : NETWORKS) {
      List<AdaptedModule> modules = CloneofsimoList.of(adapter, network, AdapterFormat.CLONEOFSIMO);
      if (modules.isEmpty()) {
        continue;
      }
      String label = label(network);
      file.metadata(label, PlainJson.array(classes(network, modules)).toString());
      for (int i = 0; i < modules.size(); i++) {
        AdaptedModule module = modules.get(i);
        String key = label + ":" + i + ":";
        file.add(key + "up", module.upShape(), ScaleFolding.up(module));
        file.add(key + "down", module.downShape(), module.down());
        file.metadata(key + "rank", String.valueOf(module.rank()));
        file.metadata(key + "name", module.name());
      }
    }
    return file;
  }

  private static List<String> classes(Network network, List<AdaptedModule> modules) {
    return network == Network.TEXT_ENCODER
        ? List.of("CLIPAttention")
        : CloneofsimoModules.groups(modules).stream()
            .flatMap(group -> CLASSES.get(group).stream())
            .toList();
  }

  private static String label(Network network) {
    return network == Network.UNET ? "unet" : "text_encoder";
  }
}
