package org.sparklora.cli.command;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.sparklora.lora.AdaptedModule;
import org.sparklora.lora.Adapter;
import org.sparklora.lora.combine.BlockNorms;
import org.sparklora.lora.format.AdapterFile;
import org.sparklora.lora.relative.RelativeModule;
import org.sparklora.model.Network;
import org.sparklora.model.file.TensorType;

/**
 * The report of {@code inspect} about an adapter.
 *
 * @param path as it was given
 * @param bytes size of its files
 * @param types of the stored numbers
 * @param baseModel the base model that the file, or the model card beside it, names
 * @param parameters number of values of all A, B, magnitudes and learned vectors
 * @param networks that it adapts
 * @param relative what depends on the base model's weights
 * @param blocks norms of the updates that do not
 */
record AdapterReport(
    String path,
    String format,
    long bytes,
    List<TensorType> types,
    Optional<String> baseModel,
    long parameters,
    List<NetworkPart> networks,
    List<RelativePart> relative,
    List<BlockNorms.Block> blocks,
    List<Token> tokens,
    Map<String, String> metadata) {

  /**
   * An adapted network.
   *
   * @param ranks number of modules of each rank
   * @param alphas number of modules of each alpha
   * @param dora number of modules with a magnitude
   */
  record NetworkPart(
      Network network,
      int modules,
      Map<Integer, Integer> ranks,
      Map<Double, Integer> alphas,
      int dora) {
    static NetworkPart of(Network network, List<AdaptedModule> modules) {
      Map<Integer, Integer> ranks = new TreeMap<>();
      Map<Double, Integer> alphas = new TreeMap<>();
      for (AdaptedModule module : modules) {
        ranks.merge(module.rank(), 1, Integer::sum);
        alphas.merge(module.alpha(), 1, Integer::sum);
      }
      int dora = Math.toIntExact(modules.stream().filter(AdaptedModule::isDora).count());
      return new NetworkPart(network, modules.size(), ranks, alphas, dora);
    }
  }

  /**
   * The updates of a network that depend on the base model's weights.
   *
   * @param kind such as GLoRA
   * @param sizes number of modules of each size
   */
  record RelativePart(Network network, String kind, int modules, Map<String, Integer> sizes) {
    static List<RelativePart> of(Network network, List<RelativeModule> all) {
      Map<String, List<RelativeModule>> kinds =
          all.stream()
              .filter(module -> module.network() == network)
              .collect(
                  Collectors.groupingBy(
                      module -> module.update().kind(), TreeMap::new, Collectors.toList()));
      List<RelativePart> parts = new ArrayList<>();
      kinds.forEach(
          (kind, modules) -> {
            Map<String, Integer> sizes = new TreeMap<>();
            modules.forEach(module -> sizes.merge(module.update().size(), 1, Integer::sum));
            parts.add(new RelativePart(network, kind, modules.size(), sizes));
          });
      return parts;
    }
  }

  /**
   * A learned token.
   *
   * @param width number of values of a vector, which is the text encoder's width
   */
  record Token(String token, int vectors, int width) {}

  static AdapterReport of(String path, AdapterFile file, Optional<String> baseModel) {
    Adapter adapter = file.adapter();
    List<NetworkPart> networks = new ArrayList<>();
    List<RelativePart> relative = new ArrayList<>();
    for (Network network : Network.values()) {
      List<AdaptedModule> own =
          adapter.modules().stream().filter(module -> module.network() == network).toList();
      relative.addAll(RelativePart.of(network, adapter.relative()));
      if (!own.isEmpty()) {
        networks.add(NetworkPart.of(network, own));
      }
    }
    List<Token> tokens =
        adapter.tokens().stream()
            .map(
                token ->
                    new Token(token.token(), token.vectors().length, token.vectors()[0].length))
            .toList();
    return new AdapterReport(
        path,
        file.format().toString(),
        file.bytes(),
        file.types(),
        baseModel,
        adapter.modules().stream().mapToLong(AdaptedModule::parameters).sum()
            + adapter.relative().stream().mapToLong(module -> module.update().parameters()).sum()
            + tokens.stream().mapToLong(token -> (long) token.vectors() * token.width()).sum(),
        networks,
        relative,
        BlockNorms.of(adapter),
        tokens,
        adapter.metadata());
  }
}
