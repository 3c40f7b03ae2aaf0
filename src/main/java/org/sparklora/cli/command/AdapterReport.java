package org.sparklora.cli.command;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.sparklora.lora.AdaptedModule;
import org.sparklora.lora.Adapter;
import org.sparklora.lora.combine.BlockNorms;
import org.sparklora.lora.format.AdapterFile;
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
 * @param blocks norms of the updates
 */
record AdapterReport(
    String path,
    String format,
    long bytes,
    List<TensorType> types,
    Optional<String> baseModel,
    long parameters,
    List<NetworkPart> networks,
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
   * A learned token.
   *
   * @param width number of values of a vector, which is the text encoder's width
   */
  record Token(String token, int vectors, int width) {}

  static AdapterReport of(String path, AdapterFile file, Optional<String> baseModel) {
    Adapter adapter = file.adapter();
    List<NetworkPart> networks = new ArrayList<>();
    for (Network network : Network.values()) {
      List<AdaptedModule> own =
          adapter.modules().stream().filter(module -> module.network() == network).toList();
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
            + tokens.stream().mapToLong(token -> (long) token.vectors() * token.width()).sum(),
        networks,
        BlockNorms.of(adapter),
        tokens,
        adapter.metadata());
  }
}
